/** CMakePresets.json names every platform that is packed, and CMake reads from it what `npm run prebuilt` does. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { onPurpose, platforms } from '../../packaging/platforms.mjs'
import { presetOf } from '../../packaging/presets.mjs'

const run = promisify(execFile)
const listed = await run('cmake', ['--list-presets'], {
  cwd: packageFolder,
  env: { ...process.env, COT_PRUNE_ZIG: '/zig' },
}).then(
  ({ stdout }) => Array.from(stdout.matchAll(/^ {2}"([^"]+)"/gm), ([, name]) => name),
  () => null,
)

t.test('each platform has a preset, which CMake offers on its system', async t => {
  const all = [...platforms, ...onPurpose]
  for (const { name, libc, cuda } of all) {
    const { definitions, environment } = presetOf(name, { COT_PRUNE_ZIG: '/zig' })
    t.equal(definitions.GGML_NATIVE, 'OFF', `${name} is for no processor alone`)
    t.equal(environment.COT_PRUNE_CUDA, cuda ? 'on' : 'off')
    t.ok(definitions.COT_PRUNE_OUTPUT?.endsWith(`build/prebuild/${name}/out`))
    const zig = libc === undefined || cuda ? undefined : '/zig'
    t.equal(definitions.COT_PRUNE_ZIG, zig)
    const c = libc === 'musl' ? /-musl$/ : /-gnu\.2\.28$/
    if (zig) t.match(definitions.COT_PRUNE_TARGET, c)
    t.notMatch(JSON.stringify(definitions), /\$/, 'nothing is left to be filled in')
  }
  t.throws(() => presetOf('plan9'), /no plan9/)
  if (listed === null) return t.comment('cmake is not here, or is older than presets')
  const here = all.filter(({ os }) => os === process.platform).map(({ name }) => name)
  t.strictSame(listed, here)
})
