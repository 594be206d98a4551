// @ts-check
/** The platforms that have a package of their own; CMakePresets.json says how each addon is made. */

/**
 * @typedef {object} Platform
 * @property {string} name of the package, behind `@cot-prune/`
 * @property {string} os as `process.platform` says it
 * @property {string} cpu as `process.arch` says it
 * @property {'glibc' | 'musl'} [libc] on Linux
 * @property {boolean} [cuda] for GPUs: whoever wants it installs it
 * @property {number} mostBytes that its addon may have: a bar, not a limit of anything
 */

const MiB = 2 ** 20

/**
 * Those that npm takes by itself, where they fit.
 * @type {readonly Platform[]}
 */
export const platforms = [
  { name: 'linux-x64', os: 'linux', cpu: 'x64', libc: 'glibc', mostBytes: 16 * MiB },
  { name: 'linux-x64-musl', os: 'linux', cpu: 'x64', libc: 'musl', mostBytes: 16 * MiB },
  { name: 'linux-arm64', os: 'linux', cpu: 'arm64', libc: 'glibc', mostBytes: 16 * MiB },
  { name: 'darwin-arm64', os: 'darwin', cpu: 'arm64', mostBytes: 16 * MiB },
  { name: 'win32-x64', os: 'win32', cpu: 'x64', mostBytes: 16 * MiB },
]

/**
 * Those that are installed on purpose, and loaded before the platform's (docs/gpu.md).
 * @type {readonly Platform[]}
 */
export const onPurpose = [
  {
    name: 'linux-x64-cuda',
    os: 'linux',
    cpu: 'x64',
    libc: 'glibc',
    cuda: true,
    mostBytes: 1024 * MiB,
  },
]

/** The newest symbol of glibc that may be asked for: that of Debian 10, Ubuntu 18.10, RHEL 8. */
export const newestGlibc = '2.28'

/** @param {Platform} platform @returns {string} `cot-prune.napi.glibc.node` */
export const fileOf = ({ libc }) => `cot-prune.napi${libc ? `.${libc}` : ''}.node`

/** @param {Platform} platform @returns {string} its folder below prebuilds/ */
export const folderOf = ({ os, cpu, cuda }) => `${os}-${cpu}${cuda ? '-cuda' : ''}`

/** @param {string} name @returns {Platform} */
export function platformOf(name) {
  const all = [...platforms, ...onPurpose]
  const found = all.find(platform => platform.name === name)
  if (found) return found
  const names = all.map(platform => platform.name).join(', ')
  throw new Error(`no prebuilt addon is made for ${name}; there are ${names}`)
}
