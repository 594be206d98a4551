/** Attention rows to scores of steps. Pure; rows come from attention-rows.ts. */

import type { AggregateName, AttentionScoring, LayerChoice, Span } from '../../types/public.js'
import { array, checkKnown, integer, isObject, oneOf } from '../base/check.js'
import { CotPruneError, invalidType, invalidValue, outOfRange } from '../base/errors.js'
import { aggregates } from './aggregates.js'

/** Which part of the row scores are a share of, and how tokens make a step. */
export interface RowOptions {
  readonly aggregate: AggregateName
  readonly includePrompt: boolean
  readonly includeSink: boolean
  /** Positions [0, sinkTokens) of the context are the attention sink. */
  readonly sinkTokens: number
}

export interface RowScores {
  /** Shape (steps). */
  readonly scores: number[]
  /** Shape (positions): what steps aggregate. */
  readonly weights: Float64Array
  readonly share: AttentionScoring['share']
}

/** A step as far as scores need it: a half-open range of generated tokens. */
export type StepTokens = Pick<Span, 'tokenStart' | 'tokenEnd'>

/** Sums [start, end) of a row; the whole row is checked before. */
const massOf = (row: ArrayLike<number>, start: number, end: number): number => {
  let total = 0
  for (let i = start; i < end; i++) total += row[i] ?? 0
  return total
}

/** @throws CotPruneError ERR_NOT_FINITE */
export function checkRow(row: ArrayLike<number>): void {
  for (let i = 0; i < row.length; i++) {
    const value = row[i] ?? Number.NaN
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      const what = `attention at position ${i} is ${value}, not a finite number from 0`
      throw new CotPruneError('ERR_NOT_FINITE', what)
    }
  }
}

function checkSteps(steps: readonly StepTokens[], promptLength: number, length: number): void {
  for (const [i, { tokenStart, tokenEnd }] of steps.entries()) {
    if (!(tokenStart >= 0 && tokenStart <= tokenEnd && promptLength + tokenEnd <= length)) {
      const expected = `a range of tokens within the row's ${length - promptLength}`
      throw outOfRange(`steps[${i}]`, expected, `[${tokenStart}, ${tokenEnd})`)
    }
  }
}

/**
 * Scores of steps from one row of attention: the row, without the positions that are left out and
 * divided by what is then its total, aggregated over the tokens of each step. A row without mass
 * gives zeros.
 *
 * Both left-out parts are at the start of the context, so what counts starts behind the longer.
 * Token i of the trace is at position promptLength + i. Tokens of a step that are in a left-out
 * sink count 0 (and count as tokens of a mean).
 *
 * `share` is of the raw row: `sink` is its first `sinkTokens` positions, `prompt` and `steps` are
 * without them.
 *
 * @param row shape (positions), the mean over heads, not negative
 * @throws CotPruneError ERR_NOT_FINITE; RangeError where a step is not in the row
 */
export function scoreRow(
  row: Float64Array | Float32Array,
  steps: readonly StepTokens[],
  promptLength: number,
  { aggregate, includePrompt, includeSink, sinkTokens }: RowOptions,
): RowScores {
  checkRow(row)
  checkSteps(steps, promptLength, row.length)
  const first = Math.max(includePrompt ? 0 : promptLength, includeSink ? 0 : sinkTokens)
  const considered = massOf(row, first, row.length)
  const weights = new Float64Array(row.length)
  for (let i = first; considered > 0 && i < row.length; i++) weights[i] = (row[i] ?? 0) / considered
  const scores = steps.map(({ tokenStart, tokenEnd }) =>
    aggregates[aggregate](weights, promptLength + tokenStart, promptLength + tokenEnd),
  )
  return { scores, weights, share: sharesOf(row, steps, promptLength, sinkTokens) }
}

function sharesOf(
  row: ArrayLike<number>,
  steps: readonly StepTokens[],
  promptLength: number,
  sinkTokens: number,
): RowScores['share'] {
  const sinkEnd = Math.min(sinkTokens, row.length)
  const total = massOf(row, 0, row.length)
  const shareOf = (mass: number) => (total > 0 ? mass / total : 0)
  const onSteps = steps.map(({ tokenStart, tokenEnd }) =>
    massOf(row, Math.max(sinkEnd, promptLength + tokenStart), promptLength + tokenEnd),
  )
  return {
    prompt: shareOf(massOf(row, sinkEnd, promptLength)),
    sink: shareOf(massOf(row, 0, sinkEnd)),
    steps: shareOf(massOf(onSteps, 0, onSteps.length)),
  }
}

/* ---- layers ------------------------------------------------------------------------------- */

const name = 'options.layers'
const expected = "'all', 'first-half', { from, to } or a non-empty array of layers"

const upTo = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)

function layersIn(list: readonly unknown[], layers: number): number[] {
  if (list.length === 0) throw invalidValue(name, expected, list)
  const chosen = new Set<number>()
  for (const [i, entry] of list.entries()) {
    const layer = integer(`${name}[${i}]`, entry, { min: 0, max: layers - 1 })
    if (chosen.has(layer)) throw invalidValue(`${name}[${i}]`, 'a layer not listed before', layer)
    chosen.add(layer)
  }
  return [...chosen].sort((a, b) => a - b)
}

/**
 * The layers that a choice names, ascending. 'first-half' is rounded down and at least one.
 *
 * @param layers how many the model has
 * @throws TypeError or RangeError that names `options.layers`
 */
export function layerList(choice: LayerChoice, layers: number): number[] {
  if (typeof choice === 'string') {
    const last = oneOf(name, choice, ['all', 'first-half']) === 'all' ? layers : layers >> 1
    return upTo(0, Math.max(1, last))
  }
  if (Array.isArray(choice)) return layersIn(array(name, choice, expected), layers)
  if (!isObject(choice) || !('from' in choice)) throw invalidType(name, expected, choice)
  checkKnown(name, choice, ['from', 'to'])
  const from = integer(`${name}.from`, choice.from, { min: 0, max: layers - 1 })
  return upTo(from, integer(`${name}.to`, choice.to, { min: from + 1, max: layers }))
}
