/** What the cached steps are worth at a look, by whatever the options name. */

import type { LiveScore, SegmentedTrace } from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'
import { scoreStepGraph } from '../../score/step-graph/graph-scores.js'
import type { LiveStepGraph } from '../../score/step-graph/live-graph.js'
import type { ResolvedGraphScore } from '../../score/step-graph/options.js'
import type { CachedTrace } from './cached-trace.js'
import type { CachedValues } from './cached-values.js'
import { type CachedScores, type CachedStep, checkedScores } from './choose-tokens.js'
import type { Look } from './look.js'
import type { ResolvedLiveScore, ResolvedPruning } from './options.js'

/** What is at hand beside the look itself. */
export interface AtHand {
  readonly graph: LiveStepGraph | null
  /** Of a score that reads them. */
  readonly values: CachedValues | null
  readonly seed: number
}

export class StepWorth {
  readonly #pruning: ResolvedPruning
  readonly #cached: CachedTrace
  readonly #hand: AtHand
  /** Of a score that may remember. */
  #live: ReturnType<LiveScore['begin']> | null = null
  #looks = 0

  constructor(pruning: ResolvedPruning, cached: CachedTrace, hand: AtHand) {
    this.#pruning = pruning
    this.#cached = cached
    this.#hand = hand
  }

  async at(look: Look, trace: SegmentedTrace, steps: readonly CachedStep[]): Promise<CachedScores> {
    const { by, ...how } = this.#pruning
    const seed = this.#hand.seed + this.#looks++
    if ('graph' in by) return this.#byGraph(trace, steps, by.graph)
    if ('live' in by) return this.#byLive(look, trace, steps, by.live)
    return look.score(steps, { ...how, by }, seed)
  }

  async #byLive(
    look: Look,
    trace: SegmentedTrace,
    steps: readonly CachedStep[],
    score: ResolvedLiveScore,
  ): Promise<CachedScores> {
    const { values, graph, seed } = this.#hand
    await values?.read(this.#cached)
    const rows: Float64Array[][] = []
    const taken: Float64Array[][] = []
    for (const observer of score.observers) {
      const seen = await look.rows(observer, this.#pruning.layers, values)
      rows.push(seen.paid)
      taken.push(seen.taken)
    }
    const seen = steps.map(({ step, tokenStart: start, tokenEnd: end }) => ({ step, start, end }))
    this.#live ??= score.begin({ seed })
    const scored = this.#live({
      trace,
      steps: seen,
      tokens: this.#cached.tokens,
      rows,
      graph: graph?.graph() ?? null,
      values: values?.live(this.#cached, seen, taken) ?? null,
    })
    return checkedScores(score.name, scored, steps.length)
  }

  /** By the looks at each so far; nothing is decoded. */
  #byGraph(
    trace: SegmentedTrace,
    steps: readonly CachedStep[],
    how: ResolvedGraphScore,
  ): CachedScores {
    const { graph } = this.#hand
    if (graph === null) throw new CotPruneError('ERR_DECODE', 'no step graph was recorded')
    const finished = { ...trace, steps: trace.steps.slice(0, -1) }
    const { scores } = scoreStepGraph(finished, graph.graph(), how)
    return { scores: steps.map(({ step }) => scores[step] ?? Number.NaN) }
  }
}
