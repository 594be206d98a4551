// @ts-check
/**
 * Lines of finished traces, compressed by the step graph, with 8 heads or, for 'reasoner', the embedded model itself on its study
 * traces, with its own: tokens read a second against the bare prefill of the same
 * tokens, in one process, taking turns, by the clock and by the time of the processors, which others on the machine touch less;
 * the same with several rows at once in one context; and what the JavaScript heap holds behind ten times as many rows.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compressTraces, findHeadProfile, studyTraces } from '../dist/experiment/index.js'
import { embeddedModel, loadModel } from '../dist/index.js'
import { child, median, medianRatio, progress, timed } from './measure.mjs'
import { capitals, eightHeads, shapePath } from './shapes.mjs'

/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName | 'reasoner'} shape
 * @property {number} length tokens of a row, roughly
 * @property {number} rows in each round
 * @property {number} rounds
 * @property {number} threads
 * @property {readonly number[]} parallel rows that are read at once
 */

setFlagsFromString('--expose-gc')
/** @type {() => void} */
const collect = runInNewContext('gc')

/**
 * Steps of 96 characters, of short rows two of half of them.
 * @param {number} length
 * @param {number} salt
 */
function thinking(length, salt) {
  const size = Math.min(96, (length >> 1) - 8)
  const steps = Array.from({ length: Math.max(2, Math.round(length / 97)) }, (_, i) =>
    capitals(size, salt + 5 * i),
  )
  return steps.join('\n\n')
}

/** @typedef {{ problem: string, thinking: string, answer: string }} Row */

/**
 * @param {Options} options
 * @returns {Promise<{ path: string, heads: import('../types/public.d.ts').ChosenHeads, made: Row[] }>}
 */
async function inputOf({ shape, length, rows }) {
  if (shape !== 'reasoner') {
    const made = Array.from({ length: rows }, (_, i) => ({
      problem: 'A QUESTION',
      thinking: thinking(length, i),
      answer: 'THE ANSWER IS A',
    }))
    return { path: shapePath(shape), heads: { heads: eightHeads(shape), score: {} }, made }
  }
  const { model: path } = await embeddedModel()
  const heads = await findHeadProfile(path)
  if (heads === null) throw new Error('the embedded model has no profile of heads')
  const made = (await studyTraces()).slice(0, rows).map(({ problem, steps, reply }) => ({
    ...{ problem, thinking: steps.join('\n\n'), answer: reply },
  }))
  return { path, heads, made }
}

/** @param {Options} options */
async function trial(options) {
  const { shape, length, rounds, threads, parallel } = options
  const { path, heads, made } = await inputOf(options)
  const model = await loadModel(path, shape === 'reasoner' ? {} : { chatTemplate: 'none' })
  const branches = Math.max(8, ...parallel) + 1
  const session = await model.createSession({ contextLength: length + 512, threads, branches })
  const lines = made.map(row => JSON.stringify(row))
  /** @type {import('../types/public.d.ts').Trace[]} */
  const traces = []
  for (const { problem, ...row } of made) {
    traces.push(await model.traceOf({ messages: [{ role: 'user', content: problem }], ...row }))
  }

  const bare = async () => {
    for (const trace of traces) {
      await session.clear()
      await session.prefill(trace)
    }
  }
  /** @param {readonly string[]} some @param {number} [together] */
  const compress = async (some, together = 1) => {
    let read = 0
    for await (const row of compressTraces(some, { session, heads, parallel: together })) {
      if (row.fault !== null) throw new Error(row.fault.message)
      read += row.readTokens
    }
    return read
  }
  const ways = [
    { name: 'bare prefill', job: bare },
    ...[1, ...parallel].map(together => ({
      name: together === 1 ? 'compress' : `compress, ${together} at once`,
      job: async () => void (await compress(lines, together)),
    })),
  ]
  await bare()
  const tokens = await compress(lines)
  const measured = await takeTurns(ways, rounds)
  // of large models it would take as long, and is the same
  const small = shape === 'embedded' || shape === 'reasoner'
  const held = small ? await heldRows(some => compress(some), lines[0] ?? '') : []
  await session.close()
  await model.close()
  const [first] = measured
  return {
    rows: [
      ...measured.flatMap(({ name, millis, busy }) => [
        {
          name,
          value: (1000 * tokens) / median(millis),
          unit: 'tokens/s',
          ratios: { 'bare prefill': medianRatio(first?.millis ?? [], millis) },
        },
        {
          name: `${name}, by processor time`,
          value: (1000 * tokens) / median(busy),
          unit: 'tokens/s',
          ratios: { 'bare prefill': medianRatio(first?.busy ?? [], busy) },
        },
      ]),
      ...held,
    ],
  }
}

/**
 * What each way takes, by the clock and of the processors: shape (rounds).
 * @param {readonly { name: string, job: () => Promise<void> }[]} ways
 * @param {number} rounds
 */
async function takeTurns(ways, rounds) {
  const measured = ways.map(way => ({
    ...way,
    millis: /** @type {number[]} */ ([]),
    busy: /** @type {number[]} */ ([]),
  }))
  for (let round = 0; round < rounds; round++) {
    for (const { job, millis, busy } of measured) {
      const before = process.cpuUsage()
      millis.push((await timed(job)).millis)
      const { user, system } = process.cpuUsage(before)
      busy.push((user + system) / 1000)
    }
    progress(`round ${round + 1}`)
  }
  return measured
}

/**
 * @param {(lines: readonly string[]) => Promise<unknown>} compress
 * @param {string} line
 */
async function heldRows(compress, line) {
  const one = await heldBehind(() => compress([line]))
  const ten = await heldBehind(() => compress(Array.from({ length: 10 }, () => line)))
  return [
    { name: 'held, one row', value: one / 1024, unit: 'KiB' },
    { name: 'held, ten rows', value: ten / 1024, unit: 'KiB' },
  ]
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
