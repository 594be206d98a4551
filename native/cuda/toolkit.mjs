/**
 * Finds the CUDA toolkit and the architecture to build for, and prints them for cuda.cmake as JSON.
 *
 * COT_PRUNE_CUDA       auto (the default: where nvcc and cuBLAS are found), on (fail without), off
 * COT_PRUNE_CUDA_HOME  where to look first: toolkits, or Python environments with NVIDIA's wheels
 * CUDAARCHS            architectures, separated by `;`; else that of the GPU, else 90
 */
import { execFileSync } from 'node:child_process'
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const nvccName = process.platform === 'win32' ? 'nvcc.exe' : 'nvcc'
const fallbackArchitecture = '90'

/** @type {typeof import('./toolkit.d.mts').findCuda} */
export function findCuda(env, view = join(root, 'build', 'cuda-toolkit')) {
  const wish = env.COT_PRUNE_CUDA || 'auto'
  if (!['auto', 'on', 'off'].includes(wish)) {
    return { error: `COT_PRUNE_CUDA is "${wish}"; it must be auto, on or off` }
  }
  if (wish === 'off') return { enabled: false, reason: 'COT_PRUNE_CUDA=off' }
  const folders = toolkitFolders(env)
  const compiler = folders.find(folder => isExecutable(join(folder, 'bin', nvccName)))
  const hasBlas = folder => folder !== undefined && cublasFolder(folder) !== undefined
  const blas = hasBlas(compiler) ? compiler : folders.find(hasBlas)
  if (compiler === undefined || blas === undefined) {
    const missing = compiler === undefined ? nvccName : 'cuBLAS'
    const reason = `${missing} was not found`
    if (wish === 'auto') return { enabled: false, reason }
    return { error: `${reason}; looked in ${folders.join(', ')}. See docs/gpu.md` }
  }
  return {
    enabled: true,
    toolkit: isComplete(compiler, blas) ? compiler : makeView(view, compiler, blas),
    include: join(blas, 'include'),
    architectures: env.CUDAARCHS || gpuArchitecture() || fallbackArchitecture,
  }
}

/** Folders that could be toolkits, in the order in which they are taken. */
function toolkitFolders(env) {
  const wheels = 'nvidia/cu13'
  const named = (env.COT_PRUNE_CUDA_HOME ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map(folder => resolve(folder))
    .flatMap(folder => [
      folder,
      join(folder, wheels),
      join(folder, 'Lib', 'site-packages', wheels),
      ...entriesOf(join(folder, 'lib'))
        .filter(name => name.startsWith('python'))
        .map(name => join(folder, 'lib', name, 'site-packages', wheels)),
    ])
  const onPath = (env.PATH ?? '').split(delimiter).map(folder => join(folder, nvccName))
  const found = onPath.filter(isExecutable).map(path => dirname(dirname(realpathSync(path))))
  const usual = [env.CUDA_HOME, env.CUDA_PATH, ...found, '/usr/local/cuda', '/opt/cuda', '/usr']
  return [...new Set([...named, ...usual.filter(Boolean)])].filter(existsSync)
}

const libraryFolders = [
  'lib64',
  'lib',
  'lib/x64',
  'targets/x86_64-linux/lib',
  'lib/x86_64-linux-gnu',
]

/** Where a toolkit has cuBLAS, if it has its header, too. */
function cublasFolder(toolkit) {
  if (!existsSync(join(toolkit, 'include', 'cublas_v2.h'))) return undefined
  return libraryFolders
    .map(folder => join(toolkit, folder))
    .find(folder => entriesOf(folder).some(name => /^(lib)?cublas(\.so|\.lib)/.test(name)))
}

/** Can nvcc and CMake use the folder as it is? */
function isComplete(compiler, blas) {
  if (process.platform === 'win32') return true
  if (compiler !== blas) return false
  return existsSync(join(cublasFolder(blas) ?? '', 'libcublas.so')) && !isWheel(compiler)
}

const isWheel = folder => existsSync(join(folder, 'lib')) && !existsSync(join(folder, 'lib64'))

/**
 * Wheels have their libraries without the names that a linker looks for, and in `lib` where nvcc
 * looks in `lib64`. The view has what is missing as links; nvcc itself is copied, because it looks
 * for everything beside its real path.
 */
function makeView(view, compiler, blas) {
  rmSync(view, { recursive: true, force: true })
  for (const folder of ['bin', 'lib64']) mkdirSync(join(view, folder), { recursive: true })
  const link = (from, to) => existsSync(to) || symlinkSync(from, to)
  for (const name of entriesOf(compiler).filter(name => !['bin', 'lib', 'lib64'].includes(name))) {
    link(join(compiler, name), join(view, name))
  }
  for (const name of entriesOf(join(compiler, 'bin'))) {
    const [from, to] = [join(compiler, 'bin', name), join(view, 'bin', name)]
    if (name === nvccName) copyFileSync(from, to)
    else link(from, to)
  }
  const folders = libraryFolders.map(folder => join(compiler, folder)).filter(existsSync)
  for (const folder of [...folders, cublasFolder(blas)]) {
    const names = entriesOf(folder).filter(name => /^lib(cu|nv)\w*\.(so|a)/.test(name))
    for (const name of names) {
      link(join(folder, name), join(view, 'lib64', name))
      link(join(folder, name), join(view, 'lib64', name.replace(/\.so\..*$/, '.so')))
    }
  }
  symlinkSync('lib64', join(view, 'lib'))
  return view
}

/** The compute capability of the first GPU as CMake writes it, for example 90. */
function gpuArchitecture() {
  try {
    const args = ['--query-gpu=compute_cap', '--format=csv,noheader']
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 }
    const found = /^(\d+)\.(\d)/.exec(execFileSync('nvidia-smi', args, options))
    return found ? `${found[1]}${found[2]}` : ''
  } catch {
    return '' // no driver here
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function entriesOf(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = findCuda(process.env)
  console.log(JSON.stringify(found))
  process.exitCode = found.error === undefined ? 0 : 1
}
