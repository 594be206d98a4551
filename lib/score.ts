/** 3. Segmented trace → one score per step, by the attention of an observing token. */

import type { HeadRef, ScoredTrace, SegmentedTrace, Trace } from '../types/public.js'
import { attentionOf, type Observed } from './attention.js'
import { CotPruneError } from './errors.js'
import { observers } from './observers/index.js'
import type { ResolvedScoreOptions } from './options/index.js'
import { headsOf, meanRow } from './score-heads.js'
import { layerList, scoreRow } from './score-math.js'
import type { Runtime } from './session.js'
import { hasSteps, readTrace } from './trace.js'

/** The work behind `session.scoreSteps`; see there. */
export async function scoreSteps(
  runtime: Runtime,
  trace: SegmentedTrace,
  options: ResolvedScoreOptions,
): Promise<ScoredTrace> {
  const started = performance.now()
  check(runtime, trace)
  const observer = options.observer ?? defaultObserver(trace)
  const last = observers[observer](trace)
  const tokens = Int32Array.from([...trace.prompt.tokens, ...trace.tokens.slice(0, last + 1)])

  // all heads of all layers come summed into one row; anything else is a list of rows
  const heads = wantedHeads(runtime, options)
  const observed = await attentionOf(runtime, tokens, heads, options.signal)
  const { scores, share } = scoreRow(
    meanRow(observed),
    trace.steps,
    trace.prompt.tokens.length,
    options,
  )
  const scoring = {
    observer,
    aggregate: options.aggregate,
    position: tokens.length - 1,
    layers: options.layers,
    capturedLayers: observed.capturedLayers,
    heads: observed.capturedLayers.length * runtime.model.info.heads,
    share,
    decodedTokens: observed.decodedTokens,
    millis: performance.now() - started,
  }
  const scored = { ...trace, scores, scoring }
  return options.perHead ? { ...scored, headScores: scoreHeads(observed, trace, options) } : scored
}

function check(runtime: Runtime, trace: SegmentedTrace): void {
  if (!hasSteps(readTrace(trace))) {
    throw new CotPruneError('ERR_TRACE_INVALID', 'the trace has no steps list: segment() it first')
  }
  const { vocabularySize } = runtime.model.info
  if (trace.model.vocabularySize !== vocabularySize) {
    throw new CotPruneError(
      'ERR_TRACE_MODEL',
      `the trace was written by ${trace.model.name} with a vocabulary of ` +
        `${trace.model.vocabularySize}, this model has ${vocabularySize}`,
    )
  }
  if (trace.steps.length === 0) {
    throw new CotPruneError('ERR_NO_STEPS', 'the trace has no steps to score')
  }
}

const defaultObserver = (trace: Trace) =>
  trace.answer.tokenStart > trace.thinking.tokenEnd ? 'think-end' : 'last-token'

function wantedHeads({ model }: Runtime, options: ResolvedScoreOptions): HeadRef[] | null {
  if (options.layers === 'all' && !options.perHead) return null
  return headsOf(layerList(options.layers, model.info.layers), model.info.heads)
}

/** One entry per captured (layer, head), scored alone. */
function scoreHeads(
  observed: Observed,
  trace: SegmentedTrace,
  options: ResolvedScoreOptions,
): NonNullable<ScoredTrace['headScores']> {
  const { data, length } = observed
  return (observed.heads ?? []).map((head, row) => {
    const own = data.subarray(row * length, (row + 1) * length)
    return {
      ...head,
      scores: scoreRow(own, trace.steps, trace.prompt.tokens.length, options).scores,
    }
  })
}
