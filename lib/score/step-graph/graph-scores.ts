/** From looks between steps to one score for each step. Pure. */

import type {
  GraphAggregate,
  GraphReduction,
  GraphScoreOptions,
  GraphScoring,
  ScoredTrace,
  SegmentedTrace,
  StepGraph,
} from '../../../types/public.js'
import { CotPruneError, invalidValue } from '../../base/errors.js'
import { scorable } from '../scorable.js'
import { chain, logLooks, meanLooks } from './chain.js'
import { type ResolvedGraphScore, resolveGraphScore } from './options.js'

/** Shape (steps + 1, steps): the looks of one head. */
type Looks = StepGraph['looks'][number]

const exponents: Readonly<Record<GraphAggregate, number>> = { sum: 0, root: 0.5, mean: 1 }

/**
 * Scores steps by what later steps, and the answer, look at. Each head's scores are scaled to sum to 1,
 * then averaged; 'chain' averages the heads before. Nothing is decoded.
 *
 * @throws TypeError that names the option; CotPruneError ERR_TRACE_INVALID (the graph is of other steps),
 * ERR_NO_STEPS, ERR_NOT_FINITE
 * @returns the trace with `scores`, shape (steps): finite, not negative
 * @see the page docs/step-graph.md: a definition of ours. 'received-max': the largest W(j, i) of j > i, divided by |i|, its root, or nothing
 */
export function scoreStepGraph(
  trace: SegmentedTrace,
  graph: StepGraph,
  options?: GraphScoreOptions,
): ScoredTrace & { readonly scoring: GraphScoring } {
  const how = resolveGraphScore('options', options)
  const unscored = scorable(trace)
  checkSteps(unscored, graph)
  const { scores, heads } =
    how.reduction === 'chain' ? chained(unscored, graph, how) : received(unscored, graph, how)
  const { heads: refs, decodedTokens } = graph
  const scoring: GraphScoring = { kind: 'step-graph', heads: refs, ...how, decodedTokens }
  const ofHeads = graph.heads.map((head, i) => ({ ...head, scores: heads[i] ?? [] }))
  return { ...unscored, scores, scoring, headScores: ofHeads }
}

/** Of all heads together, and shape (heads, steps) of each alone. */
interface Scores {
  readonly scores: readonly number[]
  readonly heads: readonly (readonly number[])[]
}

function chained(trace: SegmentedTrace, graph: StepGraph, how: ResolvedGraphScore): Scores {
  const sizes = stepSizes(trace, how.aggregate)
  const logs = graph.looks.map(looks => logLooks(how.distance ? byDistance(looks) : looks, sizes))
  return {
    scores: chain(meanLooks(logs), how.inherit),
    heads: logs.map(head => chain(head, how.inherit)),
  }
}

function received(trace: SegmentedTrace, graph: StepGraph, how: ResolvedGraphScore): Scores {
  const sizes = stepSizes(trace, how.aggregate)
  const heads = graph.looks.map(looks => headScores(looks, sizes, how))
  return { scores: sizes.map((_, i) => average(heads.map(head => head[i] ?? Number.NaN))), heads }
}

/** Shape (steps): what the looks at a step are divided by; 0 for an empty one. */
export const stepSizes = (
  { steps }: Pick<SegmentedTrace, 'steps'>,
  aggregate: GraphAggregate,
): number[] =>
  steps.map(({ tokenStart, tokenEnd }) =>
    tokenEnd > tokenStart ? (tokenEnd - tokenStart) ** exponents[aggregate] : 0,
  )

function headScores(given: Looks, sizes: readonly number[], how: ResolvedGraphScore): number[] {
  const looks = how.distance ? byDistance(given) : given
  const received = how.reduction === 'flow' ? flow(looks) : receivedOf(looks, how.reduction)
  const sized = received.map((value, i) => (sizes[i] ? value / sizes[i] : 0))
  const total = sized.reduce((sum, value) => sum + value, 0)
  return total > 0 ? sized.map(value => value / total) : sized
}

function receivedOf(looks: Looks, reduction: GraphReduction): number[] {
  const steps = looks.length - 1
  return Array.from({ length: steps }, (_, i) => {
    const later = looks.slice(i + 1).map(row => row[i] ?? Number.NaN)
    return reduction === 'received-mean' ? average(later) : Math.max(...later)
  })
}

/** 1 at the answer; each step hands what it has to those that it looks at, in proportion. */
function flow(looks: Looks): number[] {
  const steps = looks.length - 1
  const amount = [...Array.from({ length: steps }, () => 0), 1]
  for (let j = steps; j > 0; j--) {
    const row = (looks[j] ?? []).slice(0, j)
    const total = row.reduce((sum, value) => sum + value, 0)
    for (const [i, value] of row.entries()) {
      if (total > 0) amount[i] = (amount[i] ?? 0) + ((amount[j] ?? 0) * value) / total
    }
  }
  return amount.slice(0, steps)
}

/** Looks relative to the mean look at that distance, in steps. */
function byDistance(looks: Looks): Looks {
  const means = looks.map((_, distance) =>
    average(looks.flatMap((row, j) => (j >= distance ? (row[j - distance] ?? []) : []))),
  )
  return looks.map((row, j) =>
    row.map((value, i) => {
      const usual = j > i ? (means[j - i] ?? 0) : 0
      return usual > 0 ? value / usual : 0
    }),
  )
}

const average = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

function checkSteps({ steps }: SegmentedTrace, graph: StepGraph): void {
  const same =
    steps.length === graph.steps.length &&
    steps.every(({ tokenStart, tokenEnd }, i) => {
      const range = graph.steps[i]
      return range?.start === tokenStart && range.end === tokenEnd
    })
  if (!same) {
    const what = `the graph is of ${graph.steps.length} other steps than the trace's ${steps.length}`
    throw new CotPruneError('ERR_TRACE_INVALID', `${what}: segment it as then`)
  }
  if (graph.heads.length === 0) throw invalidValue('graph.heads', 'at least one head', graph.heads)
  const shaped =
    graph.looks.length === graph.heads.length &&
    graph.looks.every(
      head => head.length === steps.length + 1 && head.every(row => row.length === steps.length),
    )
  if (!shaped) {
    const shape = `${graph.heads.length} × ${steps.length + 1} × ${steps.length}`
    throw new CotPruneError('ERR_TRACE_INVALID', `graph.looks must have the shape ${shape}`)
  }
  for (const head of graph.looks) {
    if (head.some(row => row.some(value => !(value >= 0 && value < Number.POSITIVE_INFINITY)))) {
      throw new CotPruneError('ERR_NOT_FINITE', 'a look must be a finite number from 0')
    }
  }
}
