// @ts-check
/**
 * What a job costs by the length of the trace, each length in a process of its own, fitted as a power law. Where a job
 * reads the trace, its attention is quadratic in the tokens whoever computes it: the whole is one curve, and what the job
 * adds to the bare prefill of the same tokens, taking turns with it, is another. By the clock, and by the time of the
 * processors, which others on the machine touch less. Flash attention is on at every length: 'auto' would change it, and
 * with it the law, on the way.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loadModel, prune, segment } from '../dist/index.js'
import { curveTable } from './curve-table.mjs'
import { child, median, progress } from './measure.mjs'
import { statusKb } from './peers/process.mjs'
import { capitals, eightHeads, madeTrace, shapePath } from './shapes.mjs'

/** @typedef {import('../dist/index.js').Session} Session */
/** @typedef {import('../types/public.d.ts').SegmentedTrace} SegmentedTrace */
/** @typedef {'generate' | 'score' | 'graph' | 'sweep'} What */
/**
 * @typedef {object} Options
 * @property {What} what
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {readonly number[]} lengths tokens of the traces, prompt included
 * @property {number} threads
 * @property {number} [length] set in the process that measures
 */
/** @typedef {{ name: string, unit: string, value: number, bar?: number }} Cost */
/** @typedef {(session: Session, trace: SegmentedTrace, options: Options) => Promise<Cost[]>} Measure */

const thresholds = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5]
const generated = 64
const answered = 16

/** More for short ones, which take no time. @param {number} length */
const roundsOf = length => Math.max(1, Math.min(5, Math.round(16384 / length)))

/** @typedef {{ clock: number, processors: number }} Spent in milliseconds */

/** @param {() => Promise<unknown>} job @returns {Promise<Spent>} */
async function spent(job) {
  const [start, busy] = [performance.now(), process.cpuUsage()]
  await job()
  const { user, system } = process.cpuUsage(busy)
  return { clock: performance.now() - start, processors: (user + system) / 1000 }
}

/**
 * @param {string} name
 * @param {readonly Spent[]} values
 * @param {number} [bar]
 * @returns {Cost[]}
 */
function times(name, values, bar) {
  const asked = bar === undefined ? {} : { bar }
  return [
    { name, unit: 'ms', value: median(values.map(({ clock }) => clock)), ...asked },
    {
      name,
      unit: 'ms of processors',
      value: median(values.map(({ processors }) => processors)),
      ...asked,
    },
  ]
}

/**
 * What the whole takes more than the part, round by round.
 * @param {readonly Spent[]} whole
 * @param {readonly Spent[]} part
 * @returns {Spent[]}
 */
const added = (whole, part) =>
  whole.map(({ clock, processors }, round) => ({
    clock: clock - (part[round]?.clock ?? Number.NaN),
    processors: processors - (part[round]?.processors ?? Number.NaN),
  }))

/** A token behind the trace, the prompt not counted. @type {Measure} */
async function generate(session, trace) {
  const prompt = capitals(trace.prompt.tokens.length + trace.tokens.length - generated)
  /** @param {'all' | undefined} attention */
  const token = async attention => {
    const chunks = session
      .generate(prompt, { maxTokens: generated, attention })
      [Symbol.asyncIterator]()
    await chunks.next()
    let tokens = 0
    const { clock, processors } = await spent(async () => {
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        tokens += next.value.tokens.length
      }
    })
    return { clock: clock / tokens, processors: processors / tokens }
  }
  // the prompt is decoded once: later ones find it in the cache
  await token('all')
  const [off, all] = [/** @type {Spent[]} */ ([]), /** @type {Spent[]} */ ([])]
  for (let round = 0; round < 7; round++) {
    off.push(await token(undefined))
    all.push(await token('all'))
  }
  return [
    ...times('a token', off),
    ...times('a token and its row', all),
    ...times('what the row adds', added(all, off)),
  ]
}

/**
 * The job with nothing in the cache, and the bare prefill of the same tokens; they take turns.
 * @param {Session} session
 * @param {SegmentedTrace} trace
 * @param {() => Promise<unknown>} job
 * @param {() => Promise<unknown>} [cached] once, with the trace in the cache
 */
async function besidePrefill(session, trace, job, cached) {
  const [prefill, whole] = [/** @type {Spent[]} */ ([]), /** @type {Spent[]} */ ([])]
  let grown = 0
  const rounds = roundsOf(trace.prompt.tokens.length + trace.tokens.length)
  for (let round = 0; round < rounds; round++) {
    await session.clear()
    prefill.push(await spent(() => session.prefill(trace)))
    const before = statusKb('VmHWM')
    if (round === 0) await cached?.()
    await session.clear()
    whole.push(await spent(job))
    if (round === 0) grown = statusKb('VmHWM') - before
  }
  return { prefill, whole, grown }
}

/** @type {Measure} */
async function score(session, trace) {
  const job = () => session.scoreSteps(trace, { observer: 'last-token' })
  /** @type {Spent[]} */
  const live = []
  const { prefill, whole, grown } = await besidePrefill(session, trace, job, async () => {
    for (let round = 0; round < 21; round++) live.push(await spent(job))
  })
  return [
    ...times('score, trace in the cache', live, 1.1),
    ...times('score, nothing in the cache', whole),
    ...times('bare prefill', prefill),
    ...times('what scoring adds to it', added(whole, prefill)),
    { name: 'peak that scoring adds to it', unit: 'KiB', value: grown },
  ]
}

/** @type {Measure} */
async function graph(session, trace, { shape }) {
  const heads = eightHeads(shape)
  const job = () => session.stepGraph(trace, { heads })
  const { prefill, whole, grown } = await besidePrefill(session, trace, job)
  return [
    ...times('step graph', whole),
    ...times('bare prefill', prefill),
    ...times('what the graph adds to it', added(whole, prefill)),
    { name: 'peak that the graph adds to it', unit: 'KiB', value: grown },
  ]
}

/** @type {Measure} */
async function sweep(session, trace) {
  const scored = await session.scoreSteps(trace)
  const traces = thresholds.map(threshold => prune(scored, { threshold }))
  const before = session.info.decodedTokens
  /** @type {Spent[]} */
  const whole = []
  const rounds = roundsOf(4 * trace.tokens.length)
  for (let round = 0; round < rounds; round++) {
    const job = () => session.evaluateAll(traces, { maxTokens: answered })
    whole.push(await spent(job))
  }
  const decoded = (session.info.decodedTokens - before) / rounds
  return [
    ...times(`re-evaluations at ${thresholds.length} thresholds`, whole),
    { name: 'decoded for it', unit: 'tokens', value: decoded },
  ]
}

const measures = { generate, score, graph, sweep }

/** @param {Options} options @returns {Promise<Cost[]>} */
async function measureOne(options) {
  const { what, shape, length = 0, threads } = options
  const model = await loadModel(shapePath(shape))
  const loaded = statusKb('VmRSS')
  const copies = what === 'sweep' ? thresholds.length : 1
  const contextLength = copies * (length + generated) + 64
  const session = await model.createSession({ contextLength, threads, flashAttention: true })
  const like = await session.generate(capitals(16, 7), { maxTokens: 1 }).finish()
  const costs = await measures[what](session, segment(madeTrace(like, length, 0)), options)
  await session.close()
  await model.close()
  const memory = statusKb('VmHWM') - loaded
  const bar = what === 'score' ? { bar: 1.05 } : {}
  return [
    ...costs,
    { name: 'peak behind the load of the model', unit: 'KiB', value: memory, ...bar },
  ]
}

/** @param {Options} options @param {number} length @returns {Cost[]} */
function inProcess(options, length) {
  const args = [fileURLToPath(import.meta.url), JSON.stringify({ ...options, length })]
  const stdio = /** @type {const} */ (['ignore', 'pipe', 'inherit'])
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: [...stdio] })
  progress(`${options.what}, ${length} tokens`)
  return JSON.parse(output).detail
}

/** @param {Options} options */
async function trial(options) {
  if (options.length !== undefined) return { rows: [], detail: await measureOne(options) }
  /** @type {import('./curve-table.d.mts').Curve[]} */
  let curves = []
  for (const length of options.lengths) {
    const costs = inProcess(options, length)
    curves = costs.map(({ value, ...curve }, i) => ({
      ...curve,
      points: [...(curves[i]?.points ?? []), [length, value]],
    }))
  }
  return { rows: [], detail: curves, text: curveTable(curves) }
}

await child(trial)
