/** 3. Segmented trace → one score per step, by the attention of an observing token. */

import type {
  AttentionScoring,
  HeadRef,
  ModelThinking,
  Observer,
  ScoredTrace,
  SegmentedTrace,
} from '../../types/public.js'
import { boolean, integer, string } from '../base/check.js'
import { headsOf, meanRow } from '../engine/rows.js'
import { checkModel } from '../trace/check-model.js'
import { attentionOf, type Observed } from './attention-rows.js'
import type { Looking } from './looking.js'
import { defaultObserver } from './observers/index.js'
import { probeText } from './observers/probe-text.js'
import type { ResolvedScoreOptions } from './options.js'
import { layerList, scoreRow } from './row-scores.js'
import { scorable } from './scorable.js'

/** The work behind `session.scoreSteps`; see there. */
export async function scoreSteps(
  runtime: Looking,
  given: SegmentedTrace,
  options: ResolvedScoreOptions,
): Promise<ScoredTrace & { readonly scoring: AttentionScoring }> {
  const started = performance.now()
  const trace = scorable(given)
  checkModel(runtime, trace)
  const observer = options.observer ?? defaultObserver(trace)
  const { tokens: seen, probe, window } = observation(observer, trace, runtime.model.thinking)
  const probeTokens = await runtime.model.tokenize(probe, { parseSpecial: true })
  const behind = [...trace.tokens.slice(0, seen), ...probeTokens]
  const tokens = Int32Array.from([...trace.prompt.tokens, ...behind])

  // all heads of all layers come summed into one row; anything else is a list of rows
  const heads = wantedHeads(runtime, options)
  const observed = await attentionOf(runtime, tokens, heads, options.signal, window)
  const seenPositions = trace.prompt.tokens.length + seen
  const { scores, weights, share } = scoreRow(
    onTrace(meanRow(observed), seenPositions, trace),
    trace.steps,
    trace.prompt.tokens.length,
    options,
  )
  const scoring: AttentionScoring = {
    kind: 'attention',
    observer: observer.name,
    aggregate: options.aggregate,
    position: tokens.length - 1,
    window,
    probeTokens: probeTokens.length,
    layers: options.layers,
    capturedLayers: observed.capturedLayers,
    heads: observed.capturedLayers.length * runtime.model.info.heads,
    share,
    decodedTokens: observed.decodedTokens,
    millis: performance.now() - started,
  }
  const tokenScores = options.perToken ? scoresOfTokens(weights, trace) : undefined
  const scored = { ...trace, scores, scoring, ...(tokenScores && { tokenScores }) }
  return options.perHead
    ? { ...scored, headScores: scoreHeads(observed, seenPositions, trace, options) }
    : scored
}

/** What an observer says, checked and with defaults: it may be anybody's. */
function observation(
  observer: Observer,
  trace: SegmentedTrace,
  thinking: ModelThinking,
): { readonly tokens: number; readonly probe: string; readonly window: number } {
  const { tokens, probe = '', window = 1, closes = false } = observer.observe(trace)
  const what = `of observer '${observer.name}'`
  integer(`tokens ${what}`, tokens, { min: 1, max: trace.tokens.length })
  integer(`window ${what}`, window, { min: 1, max: trace.prompt.tokens.length + tokens })
  string(`probe ${what}`, probe)
  boolean(`closes ${what}`, closes)
  return { tokens, probe: probeText({ probe, closes }, thinking), window }
}

function wantedHeads({ model }: Looking, options: ResolvedScoreOptions): HeadRef[] | null {
  if (options.layers === 'all' && !options.perHead) return null
  return headsOf(layerList(options.layers, model.info.layers), model.info)
}

/** The row over the trace: without the probe's own positions, 0 where the observer does not look. */
function onTrace(row: Float64Array, seen: number, trace: SegmentedTrace): Float64Array {
  const whole = new Float64Array(trace.prompt.tokens.length + trace.tokens.length)
  whole.set(row.subarray(0, seen))
  return whole
}

/** Shape (tokens); 0 outside of steps, and of tokens that the observer does not see. */
function scoresOfTokens(weights: Float64Array, trace: SegmentedTrace): number[] {
  const scores = trace.tokens.map(() => 0)
  for (const { tokenStart, tokenEnd } of trace.steps) {
    for (let i = tokenStart; i < tokenEnd; i++) {
      scores[i] = weights[trace.prompt.tokens.length + i] ?? 0
    }
  }
  return scores
}

/** One entry per captured (layer, head), scored alone. */
function scoreHeads(
  observed: Observed,
  seen: number,
  trace: SegmentedTrace,
  options: ResolvedScoreOptions,
): NonNullable<ScoredTrace['headScores']> {
  return (observed.heads ?? []).map((head, row) => {
    const own = onTrace(meanRow(observed, [row]), seen, trace)
    return {
      ...head,
      scores: scoreRow(own, trace.steps, trace.prompt.tokens.length, options).scores,
    }
  })
}
