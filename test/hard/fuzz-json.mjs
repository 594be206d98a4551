// @ts-check
/**
 * node test/hard/fuzz-json.mjs [--cases N] [--seed S] [--only NAME] [--short]
 *
 * Damaged traces, results, data sets, profiles, studies and states of compressions: each is a typed error that names the
 * place, or works; none ends in an error from the middle of the code, takes 5 s, or reaches a prototype.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CotPruneError } from '../../dist/index.js'
import { damagedJson } from './damage-json.mjs'
import { subjects } from './json-subjects.mjs'

/** @typedef {import('./json-subjects.d.mts').Subject} Subject */

const longestMillis = 5000
const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype]
const ownOf = () => prototypes.map(one => Reflect.ownKeys(one).length).join()
const before = ownOf()

/** Whether prototypes are what they were. */
const isClean = () => ownOf() === before && Reflect.get({}, 'polluted') === undefined

/** `works`, a code, or what is wrong. @param {unknown} error @param {RegExp} place */
function outcomeOf(error, place) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isArgument = error instanceof TypeError || error instanceof RangeError
  const isTyped = CotPruneError.is(error) || (isArgument && /^ERR_/.test(code))
  if (!isTyped) return `fault: ${error instanceof Error ? error.stack : String(error)}`
  return place.test(error.message) ? code : `fault: no place in "${error.message}"`
}

/** @param {Subject} subject @param {number} seed @param {string} folder */
async function tryOne(subject, seed, folder) {
  const cpu = process.cpuUsage()
  let outcome = 'works'
  try {
    await subject.use(folder, damagedJson(seed, subject.text))
  } catch (error) {
    outcome = outcomeOf(error, subject.place)
  }
  const { user, system } = process.cpuUsage(cpu)
  if ((user + system) / 1000 > longestMillis) return `fault: ${(user + system) / 1e6} s`
  return isClean() ? outcome : 'fault: a prototype is another one'
}

/**
 * @param {{ cases: number, seed: number, only?: string | undefined }} options
 * @param {(line: { subject: string, seed: number, outcome: string }) => void} told
 */
export async function tryAll({ cases, seed, only }, told) {
  const chosen = subjects.filter(({ name }) => only === undefined || name === only)
  const root = mkdtempSync(join(tmpdir(), 'cot-prune-json-'))
  try {
    for (let i = seed; i < seed + cases; i++) {
      const subject = chosen[i % chosen.length]
      if (subject === undefined) throw new Error(`there is no ${only}`)
      const folder = mkdtempSync(join(root, 'case-'))
      told({ subject: subject.name, seed: i, outcome: await tryOne(subject, i, folder) })
      rmSync(folder, { recursive: true, force: true })
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** The good ones, as they are. @returns {Promise<string[]>} what does not work */
export async function tryGood() {
  const root = mkdtempSync(join(tmpdir(), 'cot-prune-json-'))
  const wrong = []
  for (const { name, text, use } of subjects) {
    try {
      await use(mkdtempSync(join(root, 'case-')), new TextEncoder().encode(text))
    } catch (error) {
      wrong.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`)
    }
  }
  rmSync(root, { recursive: true, force: true })
  return wrong
}

async function main() {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  })
  const cases = Number(values.cases ?? (values.short ? 600 : 10_000))
  const wrong = await tryGood()
  for (const line of wrong) console.log(line)
  /** @type {Map<string, number>} */
  const counts = new Map()
  let faults = wrong.length
  await tryAll({ cases, seed: Number(values.seed), only: values.only }, line => {
    const isFault = line.outcome.startsWith('fault')
    const outcome = isFault ? 'fault' : line.outcome
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    if (!isFault) return
    faults++
    console.log(`${line.subject}, seed ${line.seed}: ${line.outcome}`)
  })
  console.error(Object.fromEntries([...counts].sort(([, a], [, b]) => b - a)))
  console.error(`${cases} cases, ${faults} faults`)
  process.exitCode = faults === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
