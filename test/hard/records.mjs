// @ts-check
/** What a run, a compression or a study left on the disk, without what is another one each time. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Times, and the command line, in which `--resume` stands. */
const different = new Set(['millis', 'seconds', 'tokensPerSecond', 'date', 'command'])

/** @param {string} _key @param {unknown} value @returns {unknown} */
const drop = (_key, value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !different.has(key)))
    : value

/** @param {string} text */
const plain = text => JSON.stringify(JSON.parse(text), drop)

/**
 * By file of a folder: JSON without times, lines in order, other texts by their name alone. A lock that was not finished, and a
 * picture, are none.
 * @param {string} folder @param {readonly string[]} rows files that have to be the same, byte for byte
 */
export function recordsOf(folder, rows = []) {
  const names = readdirSync(folder).sort()
  const texts = names.flatMap(name => {
    if (/\.lock\.[\w-]+$/.test(name) || /\.(svg|png|vl\.json)$/.test(name)) return []
    const text = () => readFileSync(join(folder, name), 'utf8')
    if (rows.includes(name)) return [[name, text()]]
    if (name.endsWith('.json')) return [[name, plain(text())]]
    if (!name.endsWith('.jsonl')) return [[name, '']]
    return [[name, text().split('\n').slice(0, -1).map(plain).join('\n')]]
  })
  return Object.fromEntries(texts)
}

/** Where they differ first, in a few words; null where they are the same. @param {Record<string, string>} whole @param {Record<string, string>} found */
export function difference(whole, found) {
  for (const name of new Set([...Object.keys(whole), ...Object.keys(found)])) {
    const [a, b] = [whole[name], found[name]]
    if (a === b) continue
    if (a === undefined) return `${name} should not be there`
    if (b === undefined) return `${name} is missing`
    const at = Array.from(a).findIndex((character, i) => character !== b[i])
    const place = at === -1 ? a.length : at
    const near = (/** @type {string} */ text) => text.slice(Math.max(0, place - 40), place + 40)
    return `${name} differs at ${place}: ${near(a)} | ${near(b)}`
  }
  return null
}
