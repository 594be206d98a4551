// @ts-check
/**
 * npm run test:install [-- --source] [--node 22.20.0] [--with FILE]
 * Installs cot-prune as its users do, from packed packages and a registry of its own, in empty folders: with
 * each Node, with install scripts blocked, from the prebuilt addon; with --source also compiled (minutes), by the
 * first of them for all. --with takes a Node of one's own in place of those that npm has, for example one for musl.
 * Needs `npm run prebuilt` before. Prints the rows of docs/install.md.
 */
import { execFile, execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { packAll } from '../../packaging/packages.mjs'
import { writeConsumers } from './consumers.mjs'
import { nodeBinary, versions } from './nodes.mjs'
import { serveRegistry } from './registry.mjs'
import { checkShape } from './shape.mjs'

const execute = promisify(execFile)
const require = createRequire(import.meta.url)
const { values } = parseArgs({
  options: {
    source: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true },
    with: { type: 'string' },
  },
})
/** @typedef {{ readonly version: string, readonly node: string }} Node its binary, and what it is called */
/** @type {readonly Node[]} */
const nodes =
  values.with === undefined
    ? (values.node ?? versions).map(version => ({ version, node: nodeBinary(version) }))
    : [{ version: 'of your own', node: resolve(values.with) }]
/** From an empty folder and an empty cache of npm to the first token. */
const bar = 20
const work = mkdtempSync(join(tmpdir(), 'cot-prune-install-'))
/** @type {string[]} */
const failures = []

/** @param {string} name @param {() => Promise<string | void>} test */
async function step(name, test) {
  const started = performance.now()
  try {
    const said = await test()
    console.log(`ok ${name} (${seconds(started)} s)${said ? `: ${said}` : ''}`)
  } catch (error) {
    const shown = /** @type {{ message: string, stdout?: string, stderr?: string }} */ (error)
    failures.push(name)
    console.log(`not ok ${name}: ${shown.message}\n${shown.stdout ?? ''}\n${shown.stderr ?? ''}`)
  }
}

const seconds = (/** @type {number} */ since) => ((performance.now() - since) / 1000).toFixed(1)

const npmCli = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim()

/**
 * npm under that Node, in that folder, with an empty cache.
 * @param {string} node @param {string} folder @param {readonly string[]} args @param {string} registry
 */
function npm(node, folder, args, registry) {
  const path = `${dirname(node)}${delimiter}${process.env.PATH}`
  const quiet = [
    '--no-audit',
    '--no-fund',
    '--registry',
    registry,
    '--cache',
    join(folder, '..', 'cache'),
  ]
  return execute(node, [join(npmCli, 'npm', 'bin', 'npm-cli.js'), ...args, ...quiet], {
    cwd: folder,
    env: { ...cleanEnvironment(), PATH: path },
    maxBuffer: 1 << 26,
  })
}

/** Without what `npm run` hands down, and without settings of the addon. */
const cleanEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|COT_PRUNE_|INIT_CWD)/.test(name)),
  )

/** @param {string} name an empty folder, beside a cache of its own */
function emptyProject(name) {
  const folder = join(work, name, 'project')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"name":"consumer","private":true}\n')
  return folder
}

/** @param {string} node @param {string} folder @param {readonly string[]} args */
async function runs(node, folder, args) {
  const { stdout } = await execute(node, args, { cwd: folder, env: cleanEnvironment() })
  if (!/\bok$/m.test(stdout)) throw new Error(`it printed no ok: ${stdout}`)
  return stdout
}

/** @param {string} folder @returns {number} bytes */
function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

/**
 * The package that npm is to choose under that Node.
 * @param {string} node
 */
function packageOf(node) {
  const code =
    "const { header } = process.report.getReport(); process.stdout.write(process.platform + '-' + process.arch + (process.platform !== 'linux' || header.glibcVersionRuntime ? '' : '-musl'))"
  return `@cot-prune/${execFileSync(node, ['-e', code], { encoding: 'utf8' })}`
}

/** @param {Node} of @param {Awaited<ReturnType<typeof serveRegistry>>} registry */
async function fromPrebuilt({ version, node }, registry) {
  const host = packageOf(node)
  if (!packages.some(({ name }) => name === host)) {
    throw new Error(`${host} has no addon yet: npm run prebuilt -- --platform ${host.slice(11)}`)
  }
  const folder = emptyProject(`node-${version}`)
  writeConsumers(folder)
  await step(`Node ${version}: install with scripts blocked, to the first token`, async () => {
    registry.fetched.length = 0
    const started = performance.now()
    await npm(node, folder, ['install', 'cot-prune', '--ignore-scripts'], registry.url)
    const installed = seconds(started)
    const said = await runs(node, folder, ['first-token.mjs'])
    const took = Number(seconds(started))
    const others = registry.fetched.filter(name => name !== 'cot-prune' && name !== host)
    if (others.length > 0) throw new Error(`it also fetched ${others}`)
    if (!said.includes(host)) throw new Error(`another addon was loaded: ${said}`)
    if (took > bar) throw new Error(`it took ${took} s, the bar is ${bar}`)
    const megabytes = (sizeOf(join(folder, 'node_modules')) / 1e6).toFixed(1)
    return `installed in ${installed} s, first token after ${took} s, ${megabytes} MB; ${said.split('\n')[0]}`
  })
  const programs = ['example.mjs', 'example.cjs', 'worker.mjs']
  for (const name of programs) {
    await step(`Node ${version}: ${name}`, async () => {
      await runs(node, folder, [name])
    })
  }
  await step(`Node ${version}: bundled by esbuild, cot-prune external`, async () => {
    const esbuild = require.resolve('esbuild/bin/esbuild')
    const args = [
      'example.mjs',
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--external:cot-prune',
    ]
    await execute(process.execPath, [esbuild, ...args, '--outfile=bundle.mjs'], { cwd: folder })
    await runs(node, folder, ['bundle.mjs'])
  })
  await step(`Node ${version}: cot-prune info`, async () => {
    const cli = join(folder, 'node_modules', 'cot-prune', 'dist', 'entry', 'cli', 'index.js')
    const { stdout } = await execute(node, [cli, 'info'], { cwd: folder, env: cleanEnvironment() })
    return stdout.split('\n').find(line => line.startsWith('addon'))
  })
  return folder
}

/** @param {string} folder where it is installed */
async function typeChecks(folder) {
  const tsc = require.resolve('typescript/bin/tsc')
  const types = join(dirname(require.resolve('@types/node/package.json')), '..')
  cpSync(types, join(folder, 'node_modules', '@types'), { recursive: true, dereference: true })
  const undici = join(types, '..', 'undici-types')
  cpSync(undici, join(folder, 'node_modules', 'undici-types'), { recursive: true })
  const common = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,esnext.disposable']
  for (const [module, resolution, files] of [
    ['nodenext', 'nodenext', ['example.mts', 'required.cts']],
    ['preserve', 'bundler', ['example.mts']],
  ]) {
    await step(`TypeScript, ${resolution}`, async () => {
      const how = ['--module', String(module), '--moduleResolution', String(resolution)]
      await execute(process.execPath, [tsc, ...common, '--types', 'node', ...how, ...files], {
        cwd: folder,
      })
    })
  }
}

/** @param {readonly Node[]} nodes @param {Awaited<ReturnType<typeof serveRegistry>>} registry */
async function withoutAddon(nodes, registry) {
  const [{ version, node } = { version: '', node: process.execPath }] = nodes
  const folder = emptyProject('without')
  writeConsumers(folder)
  await step(
    'without a prebuilt addon and with scripts blocked the error says what to do',
    async () => {
      const args = ['install', 'cot-prune', '--ignore-scripts', '--omit=optional']
      await npm(node, folder, args, registry.url)
      const said = await runs(node, folder, ['first-token.mjs']).catch(error => error.stderr)
      for (const words of ['ERR_NATIVE_LOAD', 'is not installed', 'npx cot-prune build']) {
        if (!said.includes(words)) throw new Error(`no ${words} in: ${said}`)
      }
    },
  )
  if (!values.source) return
  await step(`Node ${version}: compiled from source: npx cot-prune build`, async () => {
    const started = performance.now()
    await npm(node, folder, ['exec', '--offline', 'cot-prune', 'build'], registry.url)
    return `built in ${seconds(started)} s`
  })
  for (const other of nodes) {
    await step(`Node ${other.version}: the compiled addon`, () =>
      runs(other.node, folder, ['first-token.mjs']),
    )
  }
}

const packages = packAll(join(work, 'packages'))
for (const { name, bytes, unpacked } of packages) {
  console.log(
    `# ${name}: ${(bytes / 1e6).toFixed(2)} MB packed, ${(unpacked / 1e6).toFixed(2)} MB unpacked`,
  )
}
await step('shape and sizes of the packages', () => checkShape(packages))
const registry = await serveRegistry(packages)
try {
  const folders = []
  for (const node of nodes) folders.push(await fromPrebuilt(node, registry))
  const [first] = folders
  if (first !== undefined && existsSync(first)) await typeChecks(first)
  await withoutAddon(nodes, registry)
} finally {
  registry.close()
  rmSync(work, { recursive: true, force: true })
}
console.log(failures.length === 0 ? '# all passed' : `# failed: ${failures.join('; ')}`)
process.exit(failures.length === 0 ? 0 : 1)
