// @ts-check
/**
 * npm run gpu-kit -- --out DIR
 * Packs what a bare machine with a GPU needs to build and to run the GPU trials: kit.tar.gz with
 * the patched llama.cpp sources, native/, dist/, the dependencies, the trials, the embedded model
 * and a Node binary; and run.sh, which says how to use it.
 */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeBinary } from '../../install/nodes.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const largestKit = 60 * 2 ** 20
/** The oldest Node that the package supports, as npm has it: linked to nothing but the C library. */
const nodeVersion = '20.19.5'

const parts = [
  ...['package.json', 'CMakeLists.txt', 'binding.gyp', 'LICENSE'],
  ...['dist', 'types', 'native', 'models', 'bench'],
  ...['test/gpu', 'test/native', 'test/support'],
]
const needed = ['dist/index.js', 'native/vendor/llama.cpp/cot-prune.json', 'node_modules/cmake-js']

/** Folders of the packages that users get, relative to the root. */
function productionPackages() {
  const args = ['ls', '--omit=dev', '--all', '--parseable']
  const output = execFileSync('npm', args, { cwd: root, encoding: 'utf8' })
  return output
    .trim()
    .split('\n')
    .map(path => relative(root, path))
    .filter(path => path.startsWith('node_modules'))
}

/** @param {string} out */
function pack(out) {
  const stage = mkdtempSync(join(tmpdir(), 'cot-prune-kit-'))
  try {
    for (const part of [...parts, ...productionPackages()]) {
      // packages inside of packages come with them
      if (existsSync(join(stage, part))) continue
      cpSync(join(root, part), join(stage, part), { recursive: true })
    }
    mkdirSync(join(stage, 'node'))
    copyFileSync(nodeBinary(nodeVersion, 'linux-x64'), join(stage, 'node', 'node'))
    chmodSync(join(stage, 'node', 'node'), 0o755)
    mkdirSync(out, { recursive: true })
    execFileSync('tar', ['-czf', join(out, 'kit.tar.gz'), '-C', stage, '.'])
    copyFileSync(join(dirname(fileURLToPath(import.meta.url)), 'run.sh'), join(out, 'run.sh'))
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
  return statSync(join(out, 'kit.tar.gz')).size
}

const { values } = parseArgs({ options: { out: { type: 'string' } } })
const missing = needed.find(path => !existsSync(join(root, path)))
if (values.out === undefined) {
  console.error('usage: npm run gpu-kit -- --out DIR')
  process.exitCode = 2
} else if (missing !== undefined) {
  console.error(`${missing} is missing. Run: npm run setup`)
  process.exitCode = 1
} else {
  const size = pack(resolve(values.out))
  console.log(
    `${values.out}: ${(size / 2 ** 20).toFixed(1)} MiB. On the GPU machine: bash run.sh OUT`,
  )
  if (size > largestKit) {
    console.error(`The kit must stay below ${largestKit / 2 ** 20} MiB.`)
    process.exitCode = 1
  }
}
