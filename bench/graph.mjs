// @ts-check
/**
 * The step graph of a trace of many steps, read with 8 heads: its time against one decode of the same tokens,
 * what it holds once it is there, and the score by chains.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadModel, scoreStepGraph } from '../dist/index.js'
import { child, median, medianRatio, progress, timed } from './measure.mjs'
import { capitals, eightHeads, madeTrace, shapePath } from './shapes.mjs'

/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {number} length tokens of the trace, prompt included
 * @property {readonly number[]} steps
 * @property {number} rounds
 * @property {number} threads
 */
/** @typedef {import('../types/public.d.ts').SegmentedTrace} SegmentedTrace */

setFlagsFromString('--expose-gc')
/** @type {() => void} */
const collect = runInNewContext('gc')

/** Bytes of JavaScript objects that are in use. */
function heldBytes() {
  collect()
  return process.memoryUsage().heapUsed
}

/**
 * The same tokens, cut into `count` steps of the same length, to a token.
 * @param {import('../types/public.d.ts').Trace} trace
 * @param {number} count
 * @returns {SegmentedTrace}
 */
function cut(trace, count) {
  const { tokenStart, tokenEnd } = trace.thinking
  const at = /** @param {number} index */ index =>
    tokenStart + Math.floor((index * (tokenEnd - tokenStart)) / count)
  const charAt = /** @param {number} token */ token => trace.tokenEnds[token - 1] ?? 0
  const steps = Array.from({ length: count }, (_, index) => {
    const [from, to] = [at(index), at(index + 1)]
    const [charStart, charEnd] = [charAt(from), charAt(to)]
    const text = trace.text.slice(charStart, charEnd)
    return { index, text, tokenStart: from, tokenEnd: to, charStart, charEnd }
  })
  return { ...trace, splitter: 'made', steps }
}

/** @param {Options} options */
async function trial(options) {
  const model = await loadModel(shapePath(options.shape))
  const session = await model.createSession({
    contextLength: options.length + 64,
    threads: options.threads,
  })
  const like = await session.generate(capitals(64), { maxTokens: 1 }).finish()
  const heads = eightHeads(options.shape)
  /** @type {import('./measure.mjs').Row[]} */
  const rows = []
  for (const count of options.steps) {
    const trace = cut(madeTrace(like, options.length, count), count)
    /** @type {Record<'prefill' | 'graph' | 'score', number[]>} */
    const millis = { prefill: [], graph: [], score: [] }
    let held = 0
    for (let round = 0; round < options.rounds; round++) {
      await session.clear()
      millis.prefill.push((await timed(() => session.prefill(trace))).millis)
      await session.clear()
      const before = heldBytes()
      const { result: graph, millis: read } = await timed(() => session.stepGraph(trace, { heads }))
      held = heldBytes() - before
      const scored = await timed(async () => scoreStepGraph(trace, graph, { reduction: 'chain' }))
      millis.graph.push(read)
      millis.score.push(scored.millis)
    }
    const ratios = { 'one decode': medianRatio(millis.graph, millis.prefill) }
    rows.push(
      { name: `${count} steps, graph`, value: median(millis.graph), unit: 'ms', ratios },
      { name: `${count} steps, held`, value: held / 1024, unit: 'KiB' },
      { name: `${count} steps, score`, value: median(millis.score), unit: 'ms' },
    )
    progress(`${count} steps`)
  }
  await session.close()
  await model.close()
  return { rows }
}

await child(trial)
