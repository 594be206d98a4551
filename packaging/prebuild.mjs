/**
 * npm run prebuilt [-- --platform linux-x64-musl] [--jobs 2] [--cuda]
 * Writes prebuilds/<os>-<cpu>/cot-prune.napi[.<libc>].node: on Linux with zig (PyPI's ziglang), which has the C
 * library of an old system and other processors', elsewhere with the machine's own compiler.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildNative, exists, fail, root, say } from '../native/tools.mjs'
import { faultsOf, inspect } from './inspect.mjs'
import { fileOf, folderOf, newestGlibc, platformOf } from './platforms.mjs'

/** The release whose Clang has been measured (docs/install.md). */
const zigRelease = 'ziglang==0.13.0'

const { values } = parseArgs({
  options: {
    platform: { type: 'string', default: `${process.platform}-${process.arch}` },
    jobs: { type: 'string', default: '0' },
    cuda: { type: 'boolean', default: false },
  },
})
const platform = platformOf(values.platform)
const name = `${platform.name}${values.cuda ? '-cuda' : ''}`
const out = join('build', 'prebuild', name)
const folder = `${folderOf(platform)}${values.cuda ? '-cuda' : ''}`
const file = join(root, 'prebuilds', folder, fileOf(platform))

process.env.COT_PRUNE_CUDA = values.cuda ? 'on' : 'off'
process.env.ZIG_GLOBAL_CACHE_DIR ??= join(root, 'build', 'prebuild', 'zig')
const definitions = [
  `COT_PRUNE_OUTPUT=${join(root, out, 'out')}`,
  'GGML_NATIVE=OFF',
  ...(platform.os === 'linux' ? linuxDefinitions() : []),
  ...(platform.os === 'darwin' ? ['CMAKE_OSX_DEPLOYMENT_TARGET=13.3', 'GGML_OPENMP=OFF'] : []),
  // of MSVC's OpenMP no library is everywhere
  ...(platform.os === 'win32' ? ['GGML_OPENMP=OFF'] : []),
]
await buildNative(definitions, { out, parallel: Number(values.jobs) })

mkdirSync(dirname(file), { recursive: true })
// Visual Studio puts it into a folder of its configuration
const made = ['', 'Release'].map(config => join(root, out, 'out', config, 'cot_prune.node'))
copyFileSync(made.find(exists) ?? made[0], file)
chmodSync(file, 0o755)
if (platform.os !== 'win32') strip()
if (platform.os === 'linux') check()
say(`${file} (${(readFileSync(file).length / 2 ** 20).toFixed(1)} MiB)`)

function linuxDefinitions() {
  const variants = ['COT_PRUNE_CPU_VARIANTS=ON']
  // nvcc needs the compiler of its machine: an old one (docs/gpu.md)
  const binutils = ['COT_PRUNE_LD=ld', 'COT_PRUNE_OBJCOPY=objcopy']
  if (values.cuda) return [...variants, ...binutils]
  return [
    ...variants,
    `CMAKE_TOOLCHAIN_FILE=${join(root, 'packaging', 'zig.cmake')}`,
    `COT_PRUNE_ZIG=${zig()}`,
    `COT_PRUNE_TARGET=${platform.target}`,
  ]
}

/** The binary: COT_PRUNE_ZIG, or that of Python's package. */
function zig() {
  if (process.env.COT_PRUNE_ZIG) return process.env.COT_PRUNE_ZIG
  const code = 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))'
  const { status, stdout } = spawnSync('python3', ['-c', code], { encoding: 'utf8' })
  if (status !== 0) fail(`zig was not found. Get it with: python3 -m pip install ${zigRelease}`)
  return stdout.trim()
}

/** binutils of the platform's processor, which the toolchain file has found, too. */
function tool(what) {
  const prefix = platform.target?.split('-')[0]
  return prefix ? `${prefix}-linux-gnu-${what}` : what
}

function strip() {
  const how = platform.os === 'darwin' ? ['-x'] : ['--strip-unneeded']
  execFileSync(tool('strip'), [...how, file])
}

function check() {
  const { mostBytes } = platform
  // kernels of GPUs have their own size
  const bars = { mostBytes: values.cuda ? Infinity : mostBytes, newestGlibc }
  const found = inspect(file, tool('objdump'))
  say(`needs ${found.needs.join(', ')}; newest symbol of glibc: ${found.newestGlibc || 'none'}`)
  const faults = faultsOf(found, bars).filter(fault => !(values.cuda && /cuda|cublas/.test(fault)))
  if (faults.length > 0) fail(faults.join('; '))
}
