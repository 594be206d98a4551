/**
 * npm run prebuilt [-- --platform linux-x64-musl] [--jobs 2] [--dev]
 * Writes prebuilds/<os>-<cpu>/cot-prune.napi[.<libc>].node as the preset of that name (CMakePresets.json) says: on Linux
 * with zig (PyPI's ziglang), which has the C library of an old system and other processors', elsewhere and for
 * linux-x64-cuda with the machine's own compiler. --dev: also the engine's test programs, beside the addon in
 * build/prebuild/<platform>/out, which COT_PRUNE_ADDON may name.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildNative, exists, fail, root, say } from '../native/tools.mjs'
import { faultsOf, inspect } from './inspect.mjs'
import { fileOf, folderOf, newestGlibc, platformOf } from './platforms.mjs'
import { presetOf } from './presets.mjs'

/** The release whose Clang has been measured (docs/install.md). */
const zigRelease = 'ziglang==0.13.0'

const { values } = parseArgs({
  options: {
    platform: { type: 'string', default: `${process.platform}-${process.arch}` },
    jobs: { type: 'string', default: '0' },
    dev: { type: 'boolean', default: false },
  },
})
const platform = platformOf(values.platform)
const { os, cpu, name } = platform
const out = join('build', 'prebuild', name)
const file = join(root, 'prebuilds', folderOf(platform), fileOf(platform))

const usesZig = os === 'linux' && !platform.cuda
if (usesZig) process.env.COT_PRUNE_ZIG ??= zig()
process.env.ZIG_GLOBAL_CACHE_DIR ??= join(root, 'build', 'prebuild', 'zig')
const { definitions, environment } = presetOf(name)
Object.assign(process.env, environment)
const all = { ...definitions, COT_PRUNE_DEV: values.dev ? 'ON' : 'OFF' }
const asked = Object.entries(all).map(([key, value]) => `${key}=${value}`)
await buildNative(asked, { out, parallel: Number(values.jobs) })

mkdirSync(dirname(file), { recursive: true })
// Visual Studio puts it into a folder of its configuration
const made = ['', 'Release'].map(config => join(root, out, 'out', config, 'cot_prune.node'))
copyFileSync(made.find(exists) ?? made[0], file)
chmodSync(file, 0o755)
if (os !== 'win32') strip()
if (os === 'linux') check()
say(`${file} (${(readFileSync(file).length / 2 ** 20).toFixed(1)} MiB)`)

/** The binary of Python's package. */
function zig() {
  const code = 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))'
  const { status, stdout } = spawnSync('python3', ['-c', code], { encoding: 'utf8' })
  if (status !== 0) fail(`zig was not found. Get it with: python3 -m pip install ${zigRelease}`)
  return stdout.trim()
}

/** binutils of the platform's processor, which the toolchain file has found, too. */
function tool(what) {
  return usesZig ? `${cpu === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu-${what}` : what
}

function strip() {
  const how = os === 'darwin' ? ['-x'] : ['--strip-unneeded']
  execFileSync(tool('strip'), [...how, file])
}

function check() {
  const found = inspect(file, tool('objdump'))
  say(`needs ${found.needs.join(', ')}; newest symbol of glibc: ${found.newestGlibc || 'none'}`)
  const faults = faultsOf(found, { ...platform, newestGlibc })
  if (faults.length > 0) fail(`${file}: ${faults.join('; ')}`)
}
