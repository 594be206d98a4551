/** Checks traces that come from outside, a file above all. */

import type { PrunedTrace, ScoredTrace, SegmentedTrace, Span, Trace } from '../../types/public.js'
import { isObject } from '../base/check.js'
import { CotPruneError, render } from '../base/errors.js'
import {
  among,
  either,
  type Fault,
  fault,
  finite,
  integer,
  list,
  optional,
  record,
  share,
  text,
} from '../base/plain-data.js'
import { graphAggregates, graphReductions } from './graph-names.js'

/* ---- the stages of a trace ---------------------------------------------------------------- */

const span = { tokenStart: integer, tokenEnd: integer, charStart: integer, charEnd: integer }
const message = { role: among('system', 'user', 'assistant'), content: text }

const range = record({ start: integer, end: integer })
const inFlight = record({
  evictions: list(record({ at: integer, ranges: list(range) })),
  looks: integer,
  peakCachedTokens: integer,
  decodedTokens: integer,
  exit: (value: unknown) => (value === null ? null : range(value)),
  millis: share,
  recurrentStateKept: (value: unknown) => (value === undefined ? null : among(true)(value)),
})

const stepGraph = record({
  heads: list(record({ layer: integer, head: integer })),
  steps: list(range),
  looks: list(list(list(share))),
  decodedTokens: integer,
})

const traceShape = {
  version: among(1),
  model: record({ name: text, architecture: text, parameters: share, vocabularySize: integer }),
  messages: (value: unknown) => (value === null ? null : list(record(message))(value)),
  prompt: record({ text, tokens: list(integer) }),
  tokens: list(integer),
  tokenEnds: list(integer),
  logprobs: list(finite),
  text,
  thinking: record(span),
  answer: record(span),
  finish: among('end', 'length', 'stop', 'cancelled'),
  sampling: record({
    temperature: share,
    topK: integer,
    topP: share,
    minP: share,
    repeatPenalty: share,
    presencePenalty: optional(finite),
    repeatWindow: integer,
    seed: integer,
  }),
  millis: record({ prompt: share, generation: share }),
  templateArguments: optional(record({})),
  looping: optional(among(true, false)),
  forcedClose: optional(range),
  certainties: optional(list(finite)),
  stepGraph: optional(stepGraph),
  inFlight: optional(inFlight),
}

const stepsShape = { splitter: text, steps: list(record({ ...span, index: integer, text })) }

const layers = either(
  "'all', 'first-half', a range or a list of layers",
  among('all', 'first-half'),
  list(integer),
  record({ from: integer, to: integer }),
)
const headScores = list(record({ layer: integer, head: integer, scores: list(share) }))

const attentionScoring = record({
  kind: among('attention'),
  observer: text,
  aggregate: among('sum', 'mean'),
  position: integer,
  window: integer,
  probeTokens: integer,
  layers,
  capturedLayers: list(integer),
  heads: integer,
  share: record({ prompt: share, sink: share, steps: share }),
  decodedTokens: integer,
  millis: share,
})
const plainScoring = record({ kind: among('plain'), scorer: text, seed: integer })

const graphScoring = record({
  kind: among('step-graph'),
  heads: list(record({ layer: integer, head: integer })),
  reduction: among(...graphReductions),
  aggregate: among(...graphAggregates),
  inherit: share,
  distance: among(true, false),
})

const scoringShapes = new Map<unknown, (value: unknown) => Fault | null>([
  ['plain', plainScoring],
  ['step-graph', graphScoring],
])

/** Its kind says which fields there are: a fault is one of that kind. */
const scoring = (value: unknown): Fault | null => {
  const kind = isObject(value) && 'kind' in value ? value.kind : undefined
  return (scoringShapes.get(kind) ?? attentionScoring)(value)
}

const scoresShape = {
  scores: list(share),
  scoring,
  tokenScores: optional(list(share)),
  headScores: optional(headScores),
}

const prunedShape = {
  rule: record({ name: text, value: (value: unknown) => (value === null ? null : share(value)) }),
  kept: list(integer),
  removed: list(integer),
  removedTokens: list(range),
  prunedText: text,
  prunedTokens: list(integer),
}

/* ---- what shapes do not say --------------------------------------------------------------- */

const lengthFault = (path: string, received: number, expected: number): Fault | null =>
  received === expected ? null : fault(`${path}.length`, `${expected}`, received)

function spanFault(path: string, value: Span, within: Span): Fault | null {
  const { tokenStart, tokenEnd, charStart, charEnd } = value
  if (tokenStart < within.tokenStart || tokenEnd > within.tokenEnd || tokenStart > tokenEnd) {
    const range = `a range of tokens within [${within.tokenStart}, ${within.tokenEnd})`
    return fault(path, range, `[${tokenStart}, ${tokenEnd})`)
  }
  if (charStart < within.charStart || charEnd > within.charEnd || charStart > charEnd) {
    const range = `a range of characters within [${within.charStart}, ${within.charEnd})`
    return fault(path, range, `[${charStart}, ${charEnd})`)
  }
  return null
}

function traceFault(trace: Trace): Fault | null {
  const { tokens, tokenEnds, text: whole } = trace
  for (let i = 0, before = 0; i < tokenEnds.length; i++) {
    const end = tokenEnds[i] ?? 0
    if (end < before) return fault(`.tokenEnds[${i}]`, `at least ${before}`, end)
    before = end
  }
  const last = tokenEnds.at(-1) ?? 0
  if (last !== whole.length) {
    return fault('.tokenEnds', `ends of tokens up to ${whole.length}, text.length`, last)
  }
  const all = { tokenStart: 0, tokenEnd: tokens.length, charStart: 0, charEnd: whole.length }
  return (
    lengthFault('.tokenEnds', tokenEnds.length, tokens.length) ??
    lengthFault('.logprobs', trace.logprobs.length, tokens.length) ??
    lengthFault('.certainties', trace.certainties?.length ?? tokens.length, tokens.length) ??
    spanFault('.thinking', trace.thinking, all) ??
    spanFault('.answer', trace.answer, {
      ...all,
      tokenStart: trace.thinking.tokenEnd,
      charStart: trace.thinking.charEnd,
    })
  )
}

function stepsFault(trace: SegmentedTrace): Fault | null {
  let rest: Span = trace.thinking
  for (const [i, step] of trace.steps.entries()) {
    const path = `.steps[${i}]`
    if (step.index !== i) return fault(`${path}.index`, `${i}`, step.index)
    const outside = spanFault(path, step, rest)
    if (outside !== null) return outside
    if (step.text !== trace.text.slice(step.charStart, step.charEnd)) {
      return fault(`${path}.text`, 'the text of its characters', step.text)
    }
    rest = { ...rest, tokenStart: step.tokenEnd, charStart: step.charEnd }
  }
  return null
}

function scoresFault({
  tokens,
  steps,
  scores,
  tokenScores,
  headScores: heads = [],
}: ScoredTrace): Fault | null {
  for (const [i, entry] of heads.entries()) {
    const wrong = lengthFault(`.headScores[${i}].scores`, entry.scores.length, steps.length)
    if (wrong !== null) return wrong
  }
  const tokenFault =
    tokenScores === undefined
      ? null
      : lengthFault('.tokenScores', tokenScores.length, tokens.length)
  return tokenFault ?? lengthFault('.scores', scores.length, steps.length)
}

function prunedFault({ steps, kept, removed }: PrunedTrace): Fault | null {
  const expected = 'ascending step indices which, with the other list, are all steps'
  const seen = new Set([...kept, ...removed])
  const ascend = (indices: readonly number[]) =>
    indices.every((index, i) => index < steps.length && index > (indices[i - 1] ?? -1))
  if (!ascend(kept)) return fault('.kept', expected, kept)
  if (!ascend(removed)) return fault('.removed', expected, removed)
  const partition = seen.size === steps.length && kept.length + removed.length === steps.length
  return partition ? null : fault('.removed', expected, removed)
}

/* ---- reading ------------------------------------------------------------------------------ */

/** Whether the steps of a trace were found, scored, pruned. `readTrace` checks what they are. */
export const hasSteps = (trace: Trace): trace is SegmentedTrace => 'steps' in trace
export const hasScores = (trace: Trace): trace is ScoredTrace =>
  hasSteps(trace) && 'scores' in trace
export const isPruned = (trace: Trace): trace is PrunedTrace => hasScores(trace) && 'kept' in trace

/** A fault ends the reading, with the path of what was at fault. */
function check(found: Fault | null, name: string): void {
  if (found === null) return
  const { path, expected, received } = found
  const what = `${name}${path} must be ${expected}. Received ${render(received)}`
  throw new CotPruneError('ERR_TRACE_INVALID', what)
}

function checkShape(value: unknown, name: string): asserts value is Trace {
  check(record(traceShape)(value), name)
}

/**
 * Checks what was read from a file: the shapes, that lengths agree and spans are in bounds, for
 * every stage that the value has got to (ask `hasSteps`, `hasScores`, `isPruned`).
 *
 * @param name what messages call it: `trace`, or the file
 * @returns `value` itself
 * @throws CotPruneError ERR_TRACE_INVALID with the path of the fault, `trace.tokens[3]`
 */
export function readTrace(value: unknown, name = 'trace'): Trace {
  checkShape(value, name)
  check(traceFault(value), name)
  if (hasSteps(value)) check(record(stepsShape)(value) ?? stepsFault(value), name)
  if (hasScores(value)) check(record(scoresShape)(value) ?? scoresFault(value), name)
  if (isPruned(value)) check(record(prunedShape)(value) ?? prunedFault(value), name)
  return value
}
