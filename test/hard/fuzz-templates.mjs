// @ts-check
/**
 * node test/hard/fuzz-templates.mjs [--cases N] [--seed S] [--short]
 *
 * Chat templates that mean no good, and mutations of them and of good ones: each is rendered or refused with
 * ERR_CHAT_TEMPLATE, and none takes more than 5 s of processor time, a gigabyte, or the process. What ends otherwise is
 * printed, with its seed.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { CotPruneError, loadModel } from '../../dist/index.js'
import { tinyModel } from '../support/tiny-models.mjs'
import { hostile, templateOf } from './templates.mjs'

const self = fileURLToPath(import.meta.url)
const longestMillis = 5000
const mostKib = 2 ** 20
const casesOfChild = 500
const messages = /** @type {const} */ ([
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'What is </think>, 1 + 1?' },
])

/** What came of it: `works`, a code, or what was wrong. @param {string} chatTemplate */
async function render(chatTemplate) {
  const before = process.cpuUsage()
  let outcome = 'works'
  try {
    const model = await loadModel(tinyModel(), { chatTemplate })
    try {
      await model.renderChat(messages)
    } finally {
      await model.close()
    }
  } catch (error) {
    outcome = CotPruneError.is(error, 'ERR_CHAT_TEMPLATE') ? error.code : `fault: ${String(error)}`
  }
  const { user, system } = process.cpuUsage(before)
  if ((user + system) / 1000 > longestMillis) return `fault: ${(user + system) / 1e6} s`
  return process.resourceUsage().maxRSS > mostKib ? 'fault: more than a gigabyte' : outcome
}

/** @param {string} text */
const isEmpty = text => text.trim() === ''

/** A child: says what came of each seed, so that the last line tells which one ended it. @param {number} seed @param {number} count */
async function child(seed, count) {
  for (let i = seed; i < seed + count; i++) {
    const template = templateOf(i)
    if (!isEmpty(template)) console.log(i, await render(template))
  }
}

async function hostileOnes() {
  for (const [name, template] of Object.entries(hostile)) {
    const outcome = await render(template)
    console.log(name, outcome === 'works' ? 'fault: it was rendered' : outcome)
  }
}

/** @param {readonly string[]} args @returns {Promise<string[]>} lines */
async function ask(args) {
  const options = { maxBuffer: 2 ** 28, timeout: 600_000 }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [self, ...args], options)
    return stdout.trim().split('\n')
  } catch (error) {
    const { stdout, signal } = /** @type {{ stdout: string, signal: string | null }} */ (error)
    const last = stdout.trim().split('\n').at(-1)
    return [...stdout.trim().split('\n'), `behind "${last}" fault: ended by ${signal}`]
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string' },
      seed: { type: 'string', default: '1' },
      short: { type: 'boolean', default: false },
      child: { type: 'boolean', default: false },
      hostile: { type: 'boolean', default: false },
    },
  })
  const seed = Number(values.seed)
  const cases = Number(values.cases ?? (values.short ? 500 : 20_000))
  if (values.hostile) return hostileOnes()
  if (values.child) return child(seed, cases)
  /** @type {Map<string, number>} */
  const counts = new Map()
  const tell = (/** @type {readonly string[]} */ lines) => {
    for (const line of lines) {
      const outcome = /fault: .*|works|ERR_\w+/.exec(line)?.[0] ?? 'fault: nothing said'
      const isFault = outcome.startsWith('fault')
      if (isFault) console.log(line)
      const key = isFault ? 'fault' : outcome
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  tell(await ask(['--hostile']))
  for (let begin = seed; begin < seed + cases; begin += casesOfChild) {
    const count = Math.min(casesOfChild, seed + cases - begin)
    tell(await ask(['--child', '--seed', String(begin), '--cases', String(count)]))
  }
  console.error(Object.fromEntries(counts))
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const faults = counts.get('fault') ?? 0
  console.log(`${all} cases, ${faults} faults`)
  process.exitCode = faults === 0 ? 0 : 1
}

await main()
