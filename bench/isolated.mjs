// @ts-check
/** What a process of its own costs: each job of a model here and of the same model there, taking turns. */
import { readFileSync } from 'node:fs'
import { loadModel, segment } from '../dist/index.js'
import { child, median, medianRatio, progress, timed } from './measure.mjs'
import { capitals, shapePath } from './shapes.mjs'

/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {string} [model] a GGUF file in place of the shape
 * @property {number} length tokens of the trace that is read
 * @property {number} tokens that are written
 * @property {number} rounds
 * @property {number} threads
 */
/** @typedef {import('../dist/index.js').Session} Session */
/** @typedef {(session: Session, options: Options) => Promise<unknown>} Job */
/** @typedef {{ values: [here: number[], there: number[]], processor: [here: number, there: number] }} Measured */

/** @param {Session} session */
const heads = ({ model: { info } }) =>
  [1, 3, 5, 7].flatMap(eighth => {
    const layer = info.attentionLayers[Math.floor((eighth * info.attentionLayers.length) / 8)] ?? 0
    return [
      { layer, head: 0 },
      { layer, head: info.heads >> 1 },
    ]
  })

/** @param {Session} session @param {Options} options */
const read = async (session, { length }) =>
  segment(
    await session.model.traceOf({
      messages: [{ role: 'user', content: capitals(32) }],
      thinking: capitals(length).replace(/(.{64})/g, '$1\n\n'),
      answer: 'A',
    }),
  )

/** @type {Readonly<Record<string, Job>>} milliseconds of each are compared; a round begins with an empty cache */
const jobs = {
  'write, chunks as they come': (session, { tokens }) =>
    session.generate(capitals(32), { maxTokens: tokens, temperature: 1, seed: 1 }).finish(),
  'write, a token a chunk': (session, { tokens }) =>
    session
      .generate(capitals(32), { maxTokens: tokens, temperature: 1, seed: 1, chunkTokens: 1 })
      .finish(),
  'write, rows of 8 heads': (session, { tokens }) =>
    session
      .generate(capitals(32), {
        ...{ maxTokens: tokens, temperature: 1, seed: 1 },
        attention: heads(session),
      })
      .finish(),
  read: async (session, options) => session.prefill(await read(session, options)),
  'read, with the step graph of 8 heads': async (session, options) =>
    session.stepGraph(await read(session, options), { heads: heads(session) }),
  'read, with 256 rows of all heads': async (session, options) =>
    session.scoreSteps(await read(session, options), { observer: 'window' }),
}

/** @param {Options} options @param {boolean} isolate */
async function open(options, isolate) {
  const model = await loadModel(options.model ?? shapePath(options.shape), { isolate })
  const contextLength = 2 * (options.length + options.tokens) + 256
  return model.createSession({ contextLength, threads: options.threads })
}

/**
 * Milliseconds of processors that this process and the model's have used so far: on a busy machine the clock says little. Ticks are of
 * 10 ms on every Linux.
 * @param {number} pid
 */
function processorMillis(pid) {
  const { user, system } = process.cpuUsage()
  const own = (user + system) / 1000
  if (pid === process.pid || process.platform !== 'linux') return own
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return own + 10 * (Number(fields[11]) + Number(fields[12]))
}

/** @param {Session} session */
async function call({ model }) {
  const calls = 300
  const { millis } = await timed(async () => {
    for (let i = 0; i < calls; i++) await model.tokenize('A')
  })
  return (1000 * millis) / calls
}

/** @param {Options} options */
async function trial(options) {
  /** @type {Record<string, Measured>} */
  const measured = {}
  /** @param {string} name @param {boolean} isolate @param {number} value @param {number} [processor] */
  const add = (name, isolate, value, processor = Number.NaN) => {
    measured[name] ??= { values: [[], []], processor: [0, 0] }
    const side = isolate ? 1 : 0
    measured[name].values[side].push(value)
    measured[name].processor[side] += processor
  }
  const sides = [false, true]
  for (let round = 0; round <= options.rounds; round++) {
    for (const isolate of sides) {
      const { result: session, millis } = await timed(() => open(options, isolate))
      const { pid } = session.info
      // the first round brings the file and the code into memory
      const keep = round > 0 ? add : () => {}
      keep('load and open (ms)', isolate, millis)
      keep('a call (µs)', isolate, await call(session))
      for (const [name, job] of Object.entries(jobs)) {
        await session.clear()
        const before = processorMillis(pid)
        const { millis } = await timed(() => job(session, options))
        keep(`${name} (ms)`, isolate, millis, processorMillis(pid) - before)
      }
      keep('close (ms)', isolate, (await timed(() => session.model.close())).millis)
    }
    if (round > 0) progress(`round ${round} of ${options.rounds}`)
  }
  return {
    rows: Object.entries(measured).flatMap(([name, { values, processor }]) => {
      const [, what = name, unit = ''] = /^(.*) \((.+)\)$/.exec(name) ?? []
      const [here, there] = values
      const time = processor[1] / processor[0]
      const ratios = {
        here: medianRatio(there, here),
        ...(Number.isFinite(time) && { 'its processor time': time }),
      }
      return [
        { name: what, value: median(here), unit },
        { name: `${what}, isolated`, value: median(there), unit, ratios },
      ]
    }),
    detail: measured,
  }
}

await child(trial)
