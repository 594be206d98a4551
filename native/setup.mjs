/**
 * Everything that a fresh clone needs before `npm start` and `npm test`: dependencies, llama.cpp,
 * the addon with its test programs, the TypeScript build. Each step has a stamp with the hash of
 * what it depends on, and is skipped when nothing changed.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { buildNative, checkTools, exists, fail, root, runLogged } from './tools.mjs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node 20.19 or newer is needed, this is ${process.version}. Get it from https://nodejs.org`)
}

await step('node_modules/.cot-prune-setup', ['package-lock.json'], async () => {
  checkTools()
  // scripts would build the addon a second time; the packages that we use need none
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  await runLogged('installing dependencies', 'npm', args, 'npm.log')
})
const nativeInputs = [
  'CMakeLists.txt',
  'package.json',
  'native',
  'test/native',
  ...['bare_loop.cc', 'batched_loop.cc', 'eval_callback_loop.cc', 'loop.h', 'sampling.cc'].map(
    name => `bench/${name}`,
  ),
]
await step('build/Release/.cot-prune-setup', nativeInputs, () => buildNative(['COT_PRUNE_DEV=ON']))
const projects = ['tsconfig.build.json', 'tsconfig.browser.json']
const libInputs = ['lib', 'types', 'tsconfig.json', ...projects]
await step('dist/.cot-prune-setup', libInputs, async () => {
  // what a moved file left behind would be published
  for (const stale of ['dist', 'build/lib.tsbuildinfo', 'build/browser.tsbuildinfo']) {
    rmSync(join(root, stale), { recursive: true, force: true })
  }
  for (const project of projects) {
    const args = [tsc(), '-p', project]
    await runLogged('compiling TypeScript', process.execPath, args, 'tsc.log')
  }
})

function tsc() {
  return join(root, 'node_modules', 'typescript', 'bin', 'tsc')
}

async function step(stampName, inputs, work) {
  const stamp = join(root, stampName)
  const wanted = hashOf(inputs)
  if (exists(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  await work()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

function hashOf(inputs) {
  const { COT_PRUNE_CUDA, COT_PRUNE_CUDA_HOME, CUDAARCHS } = process.env
  const settings = [COT_PRUNE_CUDA, COT_PRUNE_CUDA_HOME, CUDAARCHS]
  const about = JSON.stringify([process.platform, process.arch, major, ...settings])
  const hash = createHash('sha256').update(about)
  for (const file of inputs.flatMap(filesOf).sort()) {
    hash.update(relative(root, file)).update(readFileSync(file))
  }
  return hash.digest('hex')
}

/** All files under a path, without what the build itself puts there. */
function filesOf(name) {
  const path = join(root, name)
  if (!exists(path)) return []
  const entries = readdirIfFolder(path)
  if (entries === null) return [path]
  return entries
    .filter(entry => entry.name !== 'llama.cpp' && !entry.name.startsWith('.'))
    .flatMap(entry => filesOf(join(name, entry.name)))
}

function readdirIfFolder(path) {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOTDIR') return null
    throw error
  }
}
