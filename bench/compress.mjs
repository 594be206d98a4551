// @ts-check
/**
 * Lines of finished traces, compressed by the step graph with 8 heads: tokens read a second against the bare prefill of the same
 * tokens, in one process, taking turns, by the clock and by the time of the processors, which others on the machine touch less;
 * and what the JavaScript heap holds behind ten times as many rows.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compressTraces } from '../dist/experiment/index.js'
import { loadModel } from '../dist/index.js'
import { child, median, medianRatio, progress, timed } from './measure.mjs'
import { capitals, eightHeads, shapePath } from './shapes.mjs'

/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {number} length tokens of a row, roughly
 * @property {number} rows in each round
 * @property {number} rounds
 * @property {number} threads
 */

setFlagsFromString('--expose-gc')
/** @type {() => void} */
const collect = runInNewContext('gc')

const messages = [{ role: /** @type {const} */ ('user'), content: 'A QUESTION' }]
const answer = 'THE ANSWER IS A'

/**
 * Steps of 96 characters.
 * @param {number} length
 * @param {number} salt
 */
function thinking(length, salt) {
  const steps = Array.from({ length: Math.max(2, Math.round(length / 97)) }, (_, i) =>
    capitals(96, salt + 5 * i),
  )
  return steps.join('\n\n')
}

/** @param {Options} options */
async function trial({ shape, length, rows, rounds, threads }) {
  const model = await loadModel(shapePath(shape), { chatTemplate: 'none' })
  const session = await model.createSession({ contextLength: length + 512, threads })
  const heads = { heads: eightHeads(shape), score: {} }
  const texts = Array.from({ length: rows }, (_, i) => thinking(length, i))
  const lines = texts.map(text => JSON.stringify({ problem: 'A QUESTION', thinking: text, answer }))
  const traces = []
  for (const text of texts) traces.push(await model.traceOf({ messages, thinking: text, answer }))

  const bare = async () => {
    for (const trace of traces) {
      await session.clear()
      await session.prefill(trace)
    }
  }
  /** @param {readonly string[]} some */
  const compress = async some => {
    let read = 0
    for await (const row of compressTraces(some, { session, heads })) {
      if (row.fault !== null) throw new Error(row.fault.message)
      read += row.readTokens
    }
    return read
  }
  await bare()
  const tokens = await compress(lines)
  /** @type {Record<'bare' | 'compress', number[]>} */
  const millis = { bare: [], compress: [] }
  /** @type {typeof millis} */
  const busy = { bare: [], compress: [] }
  for (let round = 0; round < rounds; round++) {
    for (const [name, job] of /** @type {const} */ ([
      ['bare', bare],
      ['compress', () => compress(lines)],
    ])) {
      const before = process.cpuUsage()
      millis[name].push((await timed(job)).millis)
      const { user, system } = process.cpuUsage(before)
      busy[name].push((user + system) / 1000)
    }
    progress(`round ${round + 1}`)
  }
  const held = await heldBehind(() => compress(lines.slice(0, 1)))
  const many = await heldBehind(() => compress(Array.from({ length: 10 }, () => lines[0] ?? '')))
  await session.close()
  await model.close()
  const ratios = { 'bare prefill': medianRatio(millis.bare, millis.compress) }
  const speed = /** @param {readonly number[]} of */ of => (1000 * tokens) / median(of)
  return {
    rows: [
      { name: 'bare prefill', value: speed(millis.bare), unit: 'tokens/s' },
      { name: 'compress', value: speed(millis.compress), unit: 'tokens/s', ratios },
      {
        name: 'compress, processor time',
        value: median(busy.compress),
        unit: 'ms',
        ratios: { 'that of the bare prefill': medianRatio(busy.compress, busy.bare) },
      },
      { name: 'held, one row', value: held / 1024, unit: 'KiB' },
      { name: 'held, ten rows', value: many / 1024, unit: 'KiB' },
    ],
  }
}

/** @param {() => Promise<unknown>} job */
async function heldBehind(job) {
  collect()
  const before = process.memoryUsage().heapUsed
  await job()
  collect()
  return process.memoryUsage().heapUsed - before
}

await child(trial)
