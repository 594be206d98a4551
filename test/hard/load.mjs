// @ts-check
/**
 * node test/hard/load.mjs [--minutes N] [--of library|server] [--short]
 *
 * Eight callers at once on one model, through the library and through the server: each gets the answer to its own question, in order, or
 * is refused with a code; the event loop is late by less than 20 ms in 99 of 100 looks, against that of an idle process beside it;
 * memory does not grow.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Callers } from './callers.mjs'

const child = fileURLToPath(new URL('load-child.mjs', import.meta.url))
const mostLateMillis = 20
const mostGrownMib = 16

/** A process under load; `end` asks it for what came of it. @param {string} how */
async function start(how) {
  const args = ['--expose-gc', child, how]
  const running = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value ?? '{}')
  const ready = await next()
  const end = async () => {
    running.stdin.end()
    return next()
  }
  return { ready, end }
}

/** What streams are read by: what is in them is asked for in the order in which it comes. @param {Response} response */
async function textOf(response) {
  const text = await response.text()
  return text
    .split('\n\n')
    .filter(part => part.startsWith('data: {'))
    .map(part => JSON.parse(part.slice('data: '.length)).choices[0]?.delta.reasoning_content ?? '')
    .join('')
}

/** Every second one is streamed. @param {string} url @returns {import('./callers.mjs').Ask} */
const askServer = url => async (caller, problem, maxTokens) => {
  const stream = caller % 2 === 0
  const messages = [{ role: 'user', content: problem }]
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ messages, max_tokens: maxTokens, temperature: 0, stream }),
  })
  if (response.status === 200) {
    return stream ? textOf(response) : (await response.json()).choices[0].message.reasoning_content
  }
  const { error } = await response.json()
  if (response.status === 429 && error.code === 'queue_full') return null
  throw new Error(`${response.status} ${error.code}: ${error.message}`)
}

/** Growth of the lowest reading from the second quarter to the last, in MiB. @param {readonly number[]} rss */
function grown(rss) {
  const quarter = Math.floor(rss.length / 4)
  const later = Math.min(...rss.slice(-quarter))
  return (later - Math.min(...rss.slice(quarter, 2 * quarter))) / 2 ** 20
}

/** @param {'library' | 'server'} how @param {number} millis */
async function measure(how, millis) {
  const idle = await start('idle')
  const loaded = await start(how)
  const { url } = loaded.ready
  const callers = url === undefined ? null : new Callers(askServer(url))
  const over = sleep(millis)
  const got = callers === null ? await over : await callers.until(over)
  const found = { ...(await loaded.end()), ...got }
  const beside = await idle.end()
  const late = found.p99 - beside.p99
  const growth = grown(found.rss)
  const faults = [
    ...found.faults,
    ...(late < mostLateMillis ? [] : [`the event loop is late by ${late.toFixed(1)} ms`]),
    ...(growth < mostGrownMib ? [] : [`memory grew by ${growth.toFixed(1)} MiB`]),
    ...(found.answered > 0 ? [] : ['nobody was answered']),
  ]
  for (const fault of faults) console.log(`${how}: ${fault}`)
  const { answered, refused, p99, max } = found
  const loop = `event loop p99 ${p99.toFixed(1)} ms (idle process ${beside.p99.toFixed(1)}), at most ${max.toFixed(0)}`
  console.log(
    `${how}: ${answered} answered, ${refused} refused; ${loop}; ${growth.toFixed(1)} MiB more`,
  )
  return { cases: answered + refused, faults: faults.length }
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    of: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
})
const millis = values.short ? 5000 : Number(values.minutes) * 60_000
let [cases, faults] = [0, 0]
for (const how of /** @type {const} */ (['library', 'server'])) {
  if (values.of !== undefined && values.of !== how) continue
  const found = await measure(how, millis)
  cases += found.cases
  faults += found.faults
}
console.log(`${cases} cases, ${faults} faults`)
process.exitCode = faults === 0 ? 0 : 1
