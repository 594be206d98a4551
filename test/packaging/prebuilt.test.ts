/** What `npm run prebuilt` wrote runs on old systems and old processors; skipped where it did not run. */

import { execFile } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { addonHost, platformName, prebuiltName } from '../../dist/engine/addon.js'
import { byVersion, faultsOf, type Inspection, inspect } from '../../packaging/inspect.mjs'
import { fileOf, folderOf, newestGlibc, platforms } from '../../packaging/platforms.mjs'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const host = addonHost()
const file = join(packageFolder, 'prebuilds', `${host.platform}-${host.arch}`, prebuiltName(host))
const platform = platforms.find(({ name }) => name === platformName(host))
const there = platform !== undefined && existsSync(file)
const only = there ? {} : { skip: 'npm run prebuilt was not run' }

const good: Inspection = {
  bytes: 10,
  needs: ['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'ld-linux-x86-64.so.2'],
  versions: ['GLIBC_2.27'],
  newestGlibc: '2.27',
  exports: ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
}
const bars = { mostBytes: 100, newestGlibc: '2.28' }

t.test('an addon for old systems has no fault, and each fault is found', async t => {
  t.strictSame(faultsOf(good, bars), [])
  t.match(faultsOf({ ...good, bytes: 101 }, bars), [/101 bytes/])
  t.match(faultsOf({ ...good, newestGlibc: '2.34' }, bars), [/glibc 2\.34/])
  t.match(faultsOf({ ...good, needs: ['libgomp.so.1'] }, bars), [/libgomp/])
  t.match(faultsOf({ ...good, exports: ['ggml_init'] }, bars), [/ggml_init/])
  t.ok(byVersion('2.4', '2.28') < 0, 'by number, not by letter')
})

t.test('the loader and the packages agree on names', async t => {
  for (const one of platforms) {
    const { os, cpu, libc = '' } = one
    const there = { platform: os, arch: cpu, libc, asked: undefined, folder: '' }
    t.equal(prebuiltName(there), fileOf(one))
    t.equal(platformName(there), one.name)
    t.equal(folderOf(one), `${os}-${cpu}`)
  }
})

t.test('it asks for an old C library and shows nothing', only, async t => {
  const most = platform?.mostBytes ?? 0
  t.strictSame(faultsOf(inspect(file), { mostBytes: most, newestGlibc }), [])
})

/** Prints the CPU backend and what the embedded model says. */
const child = `
import { buildInfo, embeddedModel, loadModel } from ${JSON.stringify(join(packageFolder, 'dist/index.js'))}
const model = await loadModel((await embeddedModel()).model)
const session = await model.createSession({ contextLength: 512 })
const { text } = await session.generate('12+34', { maxTokens: 8, temperature: 0 }).finish()
console.log(JSON.stringify({ cpu: buildInfo().cpu, addon: buildInfo().addon, text }))
await model.close()
`

async function say(variables: Readonly<Record<string, string>>, command: readonly string[] = []) {
  const [first = process.execPath, ...rest] = [...command, process.execPath]
  const args = [...rest, '--input-type=module', '-e', child]
  const env = { ...process.env, COT_PRUNE_ADDON: file, ...variables }
  const { stdout } = await run(first, args, { env })
  return JSON.parse(stdout) as { cpu: string; addon: string; text: string }
}

t.test('every CPU backend that this processor has says the same', only, async t => {
  const best = await say({})
  t.equal(best.addon, 'COT_PRUNE_ADDON')
  if (host.arch !== 'x64' || host.platform !== 'linux') return
  for (const cpu of ['sse42', 'haswell']) {
    const lesser = await say({ COT_PRUNE_CPU: cpu })
    t.equal(lesser.cpu, cpu)
    t.equal(lesser.text, best.text)
  }
})

t.test('two copies in one process do not see each other', only, async t => {
  if (host.arch !== 'x64' || host.platform !== 'linux') return
  const copy = join(t.testdir(), 'copy.node')
  copyFileSync(file, copy)
  const cpus = [
    [file, 'sse42'],
    [copy, 'sandybridge'],
  ].map(([path = '', cpu]) => {
    process.env.COT_PRUNE_CPU = cpu
    return (require(path) as { buildInfo(): { cpu: string } }).buildInfo().cpu
  })
  delete process.env.COT_PRUNE_CPU
  t.strictSame(cpus, ['sse42', 'sandybridge'])
})

const emulator = await run('qemu-x86_64', ['--version']).then(
  () => true,
  () => false,
)
const emulated = there && emulator && host.arch === 'x64' ? {} : { skip: 'needs qemu-user' }

t.test('a processor without AVX runs it', emulated, async t => {
  const old = await say({}, ['qemu-x86_64', '-cpu', 'Nehalem'])
  t.equal(old.cpu, 'sse42')
  t.ok(old.text.length > 0)
})
