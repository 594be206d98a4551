// @ts-check
/** What a compiled addon asks of the system, and what it shows to it; by binutils, on Linux. */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'

/**
 * @typedef {object} Inspection
 * @property {number} bytes
 * @property {string[]} needs libraries by name
 * @property {string[]} versions of symbols, `GLIBC_2.28`
 * @property {string} newestGlibc `2.28`, or empty
 * @property {string[]} exports names that others could see
 */

/** @param {string} file @param {string} [objdump] @returns {Inspection} */
export function inspect(file, objdump = 'objdump') {
  const run = (/** @type {string} */ how) =>
    execFileSync(objdump, [how, file], { encoding: 'utf8', maxBuffer: 1 << 26 })
  const headers = run('-p')
  const lines = run('-T').split('\n')
  const needs = Array.from(headers.matchAll(/NEEDED\s+(\S+)/g), match => match[1] ?? '')
  const versions = [
    ...new Set(Array.from(headers.matchAll(/\b[A-Z]+_[\d.]+$/gm), ([name]) => name)),
  ]
  const glibc = versions.flatMap(name => (name.startsWith('GLIBC_') ? [name.slice(6)] : []))
  const exported = lines.filter(line => /^[0-9a-f]+ .{7}\s/.test(line) && !line.includes('*UND*'))
  return {
    bytes: statSync(file).size,
    needs,
    versions,
    newestGlibc: glibc.sort(byVersion).at(-1) ?? '',
    exports: exported.map(line => line.trim().split(/\s+/).at(-1) ?? ''),
  }
}

/** @param {string} a @param {string} b */
export function byVersion(a, b) {
  const [left, right] = [a, b].map(text => text.split('.').map(Number))
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Libraries that every Linux system with Node has: the C library's own. */
const usual = /^(libc|libm|libpthread|libdl|librt|ld-linux-[\w-]+|libc\.musl-\w+)\.so(\.\d+)?$/
/** What who installs an addon for GPUs must have. */
const ofCuda = /^lib(cudart|cublas)\.so\.\d+$/

/**
 * What is wrong with it, a sentence each.
 * @param {Inspection} found
 * @param {{ mostBytes: number, newestGlibc: string, cuda?: boolean }} bars
 */
export function faultsOf({ bytes, needs, newestGlibc, exports }, bars) {
  const strange = needs.filter(name => !usual.test(name) && !(bars.cuda && ofCuda.test(name)))
  const shown = exports.filter(name => !/^(napi|node_api)_/.test(name))
  return [
    ...(bytes > bars.mostBytes ? [`${bytes} bytes, at most ${bars.mostBytes} are wanted`] : []),
    ...strange.map(name => `needs ${name}, which is not everywhere`),
    ...(newestGlibc !== '' && byVersion(newestGlibc, bars.newestGlibc) > 0
      ? [`needs glibc ${newestGlibc}, at most ${bars.newestGlibc} is wanted`]
      : []),
    ...(shown.length > 0 ? [`shows ${shown.length} names of its own: ${shown.slice(0, 5)}`] : []),
  ]
}
