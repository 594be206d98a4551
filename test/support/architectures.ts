/** What is asked of every architecture. A cell passes with a word, or is refused with an error's code. */

import { allHeads } from '../../dist/experiment/study/calibration.js'
import { type Model, prune, readTrace, type Session, scoreWith, segment } from '../../dist/index.js'
import type { EvaluationMode, SegmentedTrace, Trace } from '../../types/public.js'
import {
  evictedTokens,
  exact,
  inFlightOf,
  length,
  pruning,
  replayDifference,
  run,
  segmenting,
} from './in-flight.js'
import { expectedRows, nmse, rowOf, skip, subject, sumOf } from './oracle.js'
import { families } from './tiny/families.mjs'
import type { TinyArchitecture } from './tiny-models.mjs'
import { difference, fromJson } from './write-trace.js'

export const small = {
  headDim: 16,
  embedding: 64,
  ff: 96,
  slidingWindow: 32,
  context: 2048,
} as const
export { exact }

/** What a cell works on. */
export interface Place {
  readonly arch: TinyArchitecture
  readonly model: Model
  readonly session: Session
  /** Steps of thinking, no answer: the session has it in its cache. */
  readonly trace: SegmentedTrace
  /** For the oracle's files. */
  readonly folder: string
}

/** @returns the cell's word @throws what is refused, or an Error where something is wrong */
export type Cell = (place: Place) => Promise<string>

/** NaN fails. */
function atMost(value: number, most: number, what: string): void {
  if (!(value <= most)) throw new Error(`${what}: ${value} is above ${most}`)
}

function ensure(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

const tokensOf = ({ prompt, tokens }: Trace): number[] => [...prompt.tokens, ...tokens]
const attends = (arch: TinyArchitecture) => families[arch].attends ?? (() => true)

/** One row for all heads, and one of each layer; with a sink a part of the attention goes to no token. */
async function rows({ arch, model, session, trace, folder }: Place): Promise<string> {
  const tokens = tokensOf(trace)
  const all = await session.attention(tokens)
  const { layers, attentionLayers, windowLayers } = model.info
  const whole = Array.from({ length: layers }, (_, layer) => layer).filter(attends(arch))
  for (const found of [attentionLayers, all.capturedLayers]) {
    ensure(`${found}` === `${whole}`, `layers ${found}, not ${whole}`)
  }
  const attending = [...whole, ...windowLayers].sort((a, b) => a - b)
  const heads = attending.map(layer => ({ layer, head: 1 }))
  const each = await session.attention(tokens, { heads })
  ensure(each.rows === heads.length, `${each.rows} rows, not ${heads.length}`)
  for (const { data, length: size } of [all, each]) {
    for (let at = 0; at < data.length; at += size) {
      const sum = data.subarray(at, at + size).reduce((a, b) => a + b, 0)
      if (families[arch].sinks) ensure(sum > 0.3 && sum < 0.999, `a row sums to ${sum}`)
      else atMost(Math.abs(sum - 1), 1e-5, 'a row sums to 1')
    }
  }
  if (skip === false) {
    const of = { ...subject({ ...small, arch, layers }), path: model.info.path, global: attending }
    const ids = Int32Array.from(tokens)
    const expected = await expectedRows(folder, of, ids, { key: 'f32', value: 'f32' })
    const sum = sumOf(expected, { ...of, global: whole }, ids.length, 0, ids.length, attending)
    atMost(
      nmse(
        all.data.map(value => value * of.heads * whole.length),
        sum,
      ),
      1e-9,
      'NMSE',
    )
    for (const [i, head] of heads.entries()) {
      const row = each.data.subarray(i * ids.length, (i + 1) * ids.length)
      atMost(nmse(row, rowOf(expected, of, ids.length, 0, head)), 1e-9, `NMSE, layer ${head.layer}`)
    }
  }
  const none = layers - attending.length
  const other = windowLayers.length > 0 ? `, windows ${windowLayers.length}` : ''
  return `${whole.length}${other}${none > 0 ? ` of ${layers}` : ''}`
}

/** Of the trace in the cache, and of the same one read back from JSON. */
async function scores({ session, trace }: Place): Promise<string> {
  const words = new Set<string>()
  for (const observer of ['last-token', 'think-clearly'] as const) {
    await run(session, { chunkTokens: 16 })
    const live = await session.scoreSteps(trace, { observer })
    await session.clear()
    const again = await session.scoreSteps(readBack(trace), { observer })
    ensure(again.scoring.decodedTokens > trace.tokens.length, 'nothing was in the cache')
    atMost(difference(live.scores, again.scores), 1e-4, `live and read back, ${observer}`)
    const { decodedTokens, probeTokens } = live.scoring
    words.add(decodedTokens <= Math.max(1, probeTokens) ? 'yes' : 'newest chunk again')
    atMost(decodedTokens, Math.max(16, probeTokens), 'tokens decoded again')
  }
  return words.has('newest chunk again') ? 'yes, newest chunk again' : 'yes'
}

function readBack(trace: SegmentedTrace): SegmentedTrace {
  return segment(readTrace(fromJson(trace)), segmenting)
}

/** Of all heads that calibration chooses from: while it is written, and read in one pass. */
async function stepGraph({ session, trace, model }: Place): Promise<string> {
  const all = allHeads(model.info)
  // where there is none, one is asked for all the same
  const heads = all.length > 0 ? all : [{ layer: 0, head: 0 }]
  const read = await session.stepGraph(trace, { heads })
  const live = (await run(session, { stepGraph: { heads, segmenting } })).trace.stepGraph
  ensure(live !== undefined && live.steps.length === trace.steps.length, 'a step is missing')
  const found = live?.looks.flat(2) ?? []
  ensure(
    found.some(value => value > 0),
    'nobody looks',
  )
  atMost(difference(found, read.looks.flat(2)), 1e-4, 'live and read')
  return 'yes'
}

const evaluated =
  (mode: EvaluationMode): Cell =>
  async ({ model, session, trace }) => {
    const half = prune(scoreWith(trace, 'random', { seed: 3 }), { ratio: 0.5 })
    const options = { mode, maxTokens: 12, temperature: 0 }
    const { text, meanLogprob, recurrentStateKept } = await session.evaluate(half, options)
    await session.clear()
    const again = await session.evaluate(half, options)
    ensure(text === again.text && text !== '', `'${text}', then '${again.text}'`)
    atMost(Math.abs(meanLogprob - again.meanLogprob), 1e-4, 'mean log-probability')
    const keeps = mode === 'evict' && model.info.hybrid
    ensure(recurrentStateKept === (keeps ? true : undefined), 'what the state keeps')
    return keeps ? 'attention layers' : 'yes'
  }

const prunedInFlight =
  (observer: 'think-clearly' | 'last-token'): Cell =>
  async ({ arch, session, trace }) => {
    const looks = { ...pruning, observer, budget: { ratio: 0 } }
    const looked = await run(session, { pruning: looks })
    ensure(`${looked.trace.tokens}` === `${trace.tokens}`, 'looks change what is written')
    const kept = new Set<true | undefined>()
    // packed cells are summed in another order, which gemma3's norms behind attention blow up
    for (const [compactAt, most] of [
      [1, 1e-5],
      [0.25, 2e-3],
    ] as const) {
      const half = await run(session, { pruning: { ...looks, budget: { ratio: 0.5 }, compactAt } })
      ensure(evictedTokens(half.trace) > 20, 'tokens go')
      const cached = tokensOf(half.trace).length - evictedTokens(half.trace)
      ensure(session.info.usedCells === cached, `${session.info.usedCells} cells, not ${cached}`)
      const difference = await replayDifference(half.trace, false, { ...small, arch }, 'f32')
      atMost(difference, most, 'a log-probability of a replay')
      kept.add(inFlightOf(half.trace).recurrentStateKept)
    }
    return kept.has(true) ? 'attention layers' : 'yes'
  }

/** Decoded together, against each alone and in one batch. */
async function rollouts({ session, trace }: Place): Promise<string> {
  const messages = trace.messages ?? []
  const options = { ...length, maxTokens: 24, count: 3 }
  const traces = await session.rollouts(messages, options)
  ensure(new Set(traces.map(({ text }) => text)).size === 3, 'each has a seed of its own')
  for (const one of traces) {
    await session.clear()
    const from = one.prompt.tokens.length
    const alone = await session.logprobs(tokensOf(one), { from })
    const worst = alone.map((value, i) => Math.abs(value - (one.logprobs[i] ?? Number.NaN)))
    ensure(alone.length === one.tokens.length, 'a log-probability for each')
    for (const value of worst) atMost(value, 1e-3, 'a log-probability')
  }
  return 'yes'
}

export const cells: Readonly<Record<string, Cell>> = {
  'rows of': rows,
  'live score': scores,
  'step graph': stepGraph,
  continue: evaluated('continue'),
  reprompt: evaluated('reprompt'),
  evict: evaluated('evict'),
  'in flight': prunedInFlight('think-clearly'),
  'in flight by `last-token`': prunedInFlight('last-token'),
  rollouts,
}

/** Models that have the architecture, and the format of their thinking (docs/thinking-formats.md). */
export const known: Readonly<Record<TinyArchitecture, readonly [models: string, format: string]>> =
  {
    llama: ['DeepSeek-R1-Distill-Llama', 'think'],
    qwen2: ['DeepSeek-R1-Distill-Qwen, QwQ', 'think'],
    qwen3: ['Qwen3', 'think'],
    qwen3moe: ['Qwen3-30B-A3B', 'think'],
    gemma3: ['Gemma 3', '–'],
    'gpt-oss': ['gpt-oss', 'harmony'],
    glm4moe: ['GLM-4.5', 'think'],
    deepseek2: ['DeepSeek V2, V3, R1', 'think'],
    qwen35: ['Qwen3.5', 'think'],
    lfm2: ['LFM2', '–'],
    granitehybrid: ['Granite 4', 'think'],
    nemotron_h: ['Nemotron Nano 2', 'think'],
    mamba: ['Mamba', '–'],
  }
