/** Which CUDA toolkit a build takes: toolkits made of empty files, on machines that have none. */

import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { findCuda } from '../../native/cuda/toolkit.mjs'

function makeFiles(folder: string, files: readonly string[]): string {
  for (const file of files) {
    const path = join(folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, file)
    if (file.includes('bin/')) chmodSync(path, 0o755)
  }
  return folder
}

const compiler = ['bin/nvcc', 'bin/ptxas', 'nvvm/bin/cicc', 'include/cuda.h']
const blas = ['include/cublas_v2.h', 'lib64/libcublas.so']
const wheels = [
  ...compiler,
  'include/cublas_v2.h',
  ...['lib/libcublas.so.13', 'lib/libcudart.so.13', 'lib/libcudart_static.a'],
]
const CUDAARCHS = '80;90'

t.test('off, and a word that is none', async t => {
  t.strictSame(findCuda({ COT_PRUNE_CUDA: 'off' }), {
    enabled: false,
    reason: 'COT_PRUNE_CUDA=off',
  })
  t.match(findCuda({ COT_PRUNE_CUDA: 'yes' }), { error: /"yes"; it must be auto, on or off/ })
})

t.test('without a compiler or cuBLAS: auto goes without, on says where it looked', async t => {
  const folder = makeFiles(t.testdir(), compiler)
  const env = { COT_PRUNE_CUDA_HOME: folder, PATH: '' }
  const found = findCuda(env)
  if (found.enabled) return t.comment('this machine has a toolkit of its own')
  t.match(found, { enabled: false, reason: /cuBLAS was not found|nvcc was not found/ })
  const asked = findCuda({ ...env, COT_PRUNE_CUDA: 'on' })
  t.match(asked, { error: new RegExp(`looked in ${folder}`) })
})

t.test('a whole toolkit is taken as it is, the named one first', async t => {
  const folder = t.testdir()
  const first = makeFiles(join(folder, 'first'), [...compiler, ...blas])
  const second = makeFiles(join(folder, 'second'), [...compiler, ...blas])
  const PATH = join(second, 'bin')
  const view = join(folder, 'view')
  const named = findCuda({ COT_PRUNE_CUDA_HOME: first, PATH, CUDAARCHS }, view)
  const include = join(first, 'include')
  t.strictSame(named, { enabled: true, toolkit: first, include, architectures: CUDAARCHS })
  t.match(findCuda({ PATH, CUDAARCHS }, view), { toolkit: realpathSync(second) })
  t.notOk(existsSync(view), 'no view is made')
})

t.test('of wheels a view is made, with the names that they lack', async t => {
  const folder = t.testdir()
  const site = join(folder, 'venv/lib/python3.11/site-packages/nvidia/cu13')
  makeFiles(site, wheels)
  const before = readdirSync(join(site, 'lib')).sort()
  const view = join(folder, 'view')
  const env = { COT_PRUNE_CUDA_HOME: join(folder, 'venv'), PATH: '', CUDAARCHS }
  for (const again of [false, true]) {
    t.match(findCuda(env, view), { enabled: true, toolkit: view }, `again: ${again}`)
  }
  const libraries = ['libcublas.so', 'libcublas.so.13', 'libcudart.so', 'libcudart.so.13']
  t.strictSame(readdirSync(join(view, 'lib64')).sort(), [...libraries, 'libcudart_static.a'])
  t.equal(
    realpathSync(join(view, 'lib64/libcublas.so')),
    realpathSync(join(site, 'lib/libcublas.so.13')),
  )
  t.equal(realpathSync(join(view, 'bin/nvcc')), join(realpathSync(view), 'bin/nvcc'), 'a copy')
  t.ok(existsSync(join(view, 'nvvm/bin/cicc')) && existsSync(join(view, 'include/cuda.h')))
  t.strictSame(readdirSync(join(site, 'lib')).sort(), before, 'the wheels are as they were')
})

t.test('cuBLAS may be in another folder than the compiler', async t => {
  const folder = t.testdir()
  const one = makeFiles(join(folder, 'one'), compiler)
  const other = makeFiles(join(folder, 'other'), blas)
  const view = join(folder, 'view')
  const found = findCuda({ COT_PRUNE_CUDA_HOME: `${one}:${other}`, PATH: '', CUDAARCHS }, view)
  t.match(found, { enabled: true, toolkit: view, include: join(other, 'include') })
  t.ok(existsSync(join(view, 'lib64/libcublas.so')))
})
