/** What is built is what was pinned: a tampered tarball, source or patch stops the build, and nothing else comes over the network. */

import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { buildInfo } from '../../dist/index.js'

t.setTimeout(120_000)

const at = (...path: readonly string[]) => join(packageFolder, ...path)
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'))
const patchName = 'native/vendor/attention-eval-callback.patch'
const patch = readFileSync(at(patchName), 'utf8')
const sha = (algorithm: string, data: string | Uint8Array, as: 'hex' | 'base64') =>
  createHash(algorithm).update(data).digest(as)
const integrityOf = (data: Uint8Array) => `sha512-${sha('sha512', data, 'base64')}`

/** What a fresh checkout has of it. @param pinned changes what package.json says of llama.cpp */
function checkout(t: Test, { pinned = {}, patched = patch } = {}): string {
  const folder = emptyFolder(t)
  mkdirSync(join(folder, 'native', 'vendor'), { recursive: true })
  cpSync(at('native/vendor/vendor.mjs'), join(folder, 'native/vendor/vendor.mjs'))
  writeFileSync(join(folder, patchName), patched)
  const llamaCpp = { ...manifest.llamaCpp, ...pinned }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ llamaCpp }))
  return folder
}

/** A folder outside of this repository: git looks for one around it. */
function emptyFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'cot-prune-supply-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Built {
  readonly code: number
  /** Of us; npm and git say what they like. */
  readonly said: string
  readonly sources: boolean
}

/** The step of the build that fetches and patches. */
function vendor(folder: string, env: Readonly<Record<string, string>>): Promise<Built> {
  const script = join(folder, 'native/vendor/vendor.mjs')
  return new Promise(resolve => {
    execFile(process.execPath, [script], { env: { ...process.env, ...env } }, (error, _, said) => {
      const left = readdirSync(join(folder, 'native/vendor')).filter(name => /^\.work/.test(name))
      t.strictSame(left, [], 'no work is left')
      const lines = said.split('\n').filter(line => line.startsWith('cot-prune: '))
      resolve({
        code: Number(error?.code ?? 0),
        said: lines.at(-1) ?? '',
        sources: existsSync(join(folder, 'native/vendor/llama.cpp')),
      })
    })
  })
}

/** A tarball as npm has it, with a bundle in which is one commit. */
function tarballOf(t: Test): Buffer {
  const folder = emptyFolder(t)
  for (const name of ['package/llama', 'git']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'git', 'file'), 'other sources')
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...args], {
      cwd: join(folder, 'git'),
      stdio: 'ignore',
    })
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '-m', 'x')
  git('bundle', 'create', join(folder, 'package/llama/gitRelease.bundle'), 'HEAD')
  const [name, version] = manifest.llamaCpp.package.split('@')
  writeFileSync(join(folder, 'package/package.json'), JSON.stringify({ name, version }))
  execFileSync('tar', ['-czf', 'x.tgz', 'package'], { cwd: folder })
  return readFileSync(join(folder, 'x.tgz'))
}

/** A registry that hands out this tarball under the pinned name, and says that it is whole. */
async function registry(t: Test, tarball: Buffer) {
  const [name, version] = manifest.llamaCpp.package.split('@')
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    if (url === '/x.tgz') return response.end(tarball)
    const dist = { tarball: `${address}x.tgz`, integrity: integrityOf(tarball) }
    response.setHeader('content-type', 'application/json')
    return response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [version]: { name, version, dist } },
      }),
    )
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const env = {
    npm_config_registry: address,
    npm_config_cache: emptyFolder(t),
    npm_config_update_notifier: 'false',
  }
  return { env, asked, name }
}

t.test('a tarball with another integrity is not built, whatever a registry says of it', async t => {
  const tarball = tarballOf(t)
  const { env, asked, name } = await registry(t, tarball)
  const { code, said, sources } = await vendor(checkout(t), env)
  t.equal(code, 1)
  t.equal(sources, false)
  const { integrity } = manifest.llamaCpp
  t.ok(said.includes(`integrity ${integrityOf(tarball)}, expected ${integrity}`), said)
  t.strictSame([...new Set(asked)].sort(), [`/${name}`, '/x.tgz'], 'nothing else was asked for')
})

t.test('a tarball of the pinned integrity with other sources is not built', async t => {
  const tarball = tarballOf(t)
  const { env } = await registry(t, tarball)
  const pinned = { integrity: integrityOf(tarball) }
  const { code, said, sources } = await vendor(checkout(t, { pinned }), env)
  t.equal(code, 1)
  t.equal(sources, false)
  t.match(said, /^cot-prune: the bundle holds commit [0-9a-f]{40}, expected [0-9a-f]{40}$/)
})

const line = '+static inline int tampered(void) { return 1; }'
const tampered: readonly (readonly [what: string, text: string, said: RegExp])[] = [
  ['other lines around a change', patch.replaceAll(/^ (.*)$/gm, ' $1 '), /does not apply to/],
  ['a change of another length', patch.replace(/^\+.*$/m, `$&\n${line}`), /does not apply to/],
  ['no change', patch.slice(0, patch.indexOf('diff --git')), /does not apply to/],
]

t.test('a patch that was tampered with stops the build, or has another hash', async t => {
  const sources = emptyFolder(t)
  cpSync(at('native/vendor/llama.cpp'), sources, { recursive: true })
  execFileSync('git', ['apply', '-R', '--whitespace=nowarn', at(patchName)], { cwd: sources })
  const env = { LLAMA_CPP_DIR: sources }
  for (const [what, patched, message] of tampered) {
    const built = await vendor(checkout(t, { patched }), env)
    t.equal(built.code, 1, what)
    t.equal(built.sources, false, what)
    t.match(built.said, message, what)
  }
  for (const patched of [patch, `A line.\n${patch}`]) {
    const folder = checkout(t, { patched })
    t.match(await vendor(folder, env), { code: 0, sources: true })
    const stamp = JSON.parse(
      readFileSync(join(folder, 'native/vendor/llama.cpp/cot-prune.json'), 'utf8'),
    )
    t.equal(stamp.patchSha256, sha('sha256', patched, 'hex'))
  }
  t.equal(buildInfo().patchSha256, sha('sha256', patch, 'hex'), 'which the addon says')
})

t.test('where there is an addon and its sources, the build needs no network', async t => {
  const alone = (script: string) =>
    spawnSync('unshare', ['-n', process.execPath, at(script)], { encoding: 'utf8' })
  if (spawnSync('unshare', ['-n', 'true']).status !== 0) {
    t.comment('not tried: this process may not leave its network')
    return
  }
  for (const script of ['native/install.mjs', 'native/vendor/vendor.mjs']) {
    const { status, stderr } = alone(script)
    t.equal(status, 0, `${script}: ${stderr}`)
  }
})

t.test('the lockfile: each package by its hash, from a registry, and no script but ours', t => {
  const { packages } = JSON.parse(readFileSync(at('package-lock.json'), 'utf8'))
  let scripts = 0
  for (const [name, one] of Object.entries<Readonly<Record<string, unknown>>>(packages)) {
    if (name === '') continue
    t.match(one.integrity, /^sha512-[A-Za-z0-9+/]{86}==$/, name)
    if (one.resolved !== undefined) t.match(one.resolved, /^https:\/\/registry\.npmjs\.org\//, name)
    t.notOk(one.link, name)
    if (one.hasInstallScript === true && one.dev !== true) scripts++
  }
  t.equal(scripts, 0)
  const exact = {
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.devDependencies,
  }
  for (const [name, version] of Object.entries(exact)) {
    t.match(version, /^(?:npm:[\w-]+@)?\d+\.\d+\.\d+$/, name)
  }
  t.end()
})
