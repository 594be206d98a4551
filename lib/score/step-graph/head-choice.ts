/**
 * Which heads to read, and how their looks become scores: chosen on some traces, judged on others. Pure;
 * what is computed once for a trace is kept for all choices that are made from it.
 */

import type {
  GraphAggregate,
  GraphScoreOptions,
  SegmentedTrace,
  StepGraph,
} from '../../../types/public.js'
import { average } from '../../base/numeric.js'
import { graphAggregates } from '../../trace/graph-names.js'
import { chain, type Looks, logLooks, meanLooks } from './chain.js'
import { stepSizes } from './graph-scores.js'

/** A trace as a choice of heads sees it. */
export interface HeadExample {
  /** Choices are made on some kinds and judged on others. */
  readonly kind: string
  readonly trace: SegmentedTrace
  /** With all heads. */
  readonly graph: StepGraph
  /** How good scores are, shape (steps): higher is better, null where the trace cannot say. */
  readonly judge: (scores: readonly number[]) => number | null
}

/** How `HeadChooser` and the calibrations score: by chains of looks (docs/step-graph.md). */
export interface ChainScore extends GraphScoreOptions {
  readonly reduction: 'chain'
  readonly aggregate: GraphAggregate
  readonly inherit: number
}

/** Heads that are read together, and the scoring that was chosen with them. */
export interface HeadChoice {
  /** Indices of the examples' heads, the one that is best alone first. */
  readonly heads: readonly number[]
  readonly score: ChainScore
}

/** More than that many, by what each is worth alone, are not tried together. */
const poolSize = 16
/** A head that adds less than this is noise of the traces that were looked at. */
const leastGain = 0.002

/** What a choice is made among. `inherit` is not: where no kind has needless calculations, the best is 0. */
const scores: readonly ChainScore[] = graphAggregates.map(aggregate => ({
  reduction: 'chain',
  aggregate,
  inherit: 0.5,
}))

/**
 * Chooses heads on traces of some kinds: the best one alone, then, as long as one helps, the one that helps it most. Pure; what is computed once for
 * a trace is kept for all choices. A definition of ours: docs/step-graph.md, "Heads".
 */
export class HeadChooser {
  readonly #examples: readonly HeadExample[]
  readonly #heads: number
  readonly #most: number
  readonly #logs = new Map<string, Looks>()
  readonly #alone = new Map<string, readonly (number | null)[]>()
  readonly #greedy = new Map<string, readonly number[]>()

  /** @param most heads that are chosen at most */
  constructor(examples: readonly HeadExample[], most: number) {
    this.#examples = examples
    this.#heads = examples[0]?.graph.heads.length ?? 0
    this.#most = most
  }

  /** The kinds that the examples have, each once. */
  get kinds(): string[] {
    return [...new Set(this.#examples.map(({ kind }) => kind))]
  }

  /** The choice of the examples of some kinds: the scoring whose heads carry over best from kind to kind. */
  choose(kinds: readonly string[] = this.kinds): HeadChoice {
    const worth = scores.map(score => this.#carriesOver(kinds, score))
    const score = scores[worth.indexOf(Math.max(...worth))] ?? scores[0]
    if (score === undefined) throw new Error('no scoring to choose from')
    return { heads: this.#greedyHeads(kinds, score), score }
  }

  /** What a choice is worth, in the examples' measure, on each example of some kinds that can say. */
  judge(kinds: readonly string[], { heads, score }: HeadChoice): number[] {
    return this.#of(kinds).flatMap(index => this.#together(index, heads, score) ?? [])
  }

  /** What each head is worth alone, in the examples' measure, the mean over kinds; the best first. `head` is an index of the examples' heads. */
  rank(
    score: ChainScore,
    kinds: readonly string[] = this.kinds,
  ): { readonly head: number; readonly value: number }[] {
    return Array.from({ length: this.#heads }, (_, head) => ({
      head,
      value: this.#meanOverKinds(kinds, index => this.#aloneOf(index, score)[head] ?? null),
    })).sort((a, b) => b.value - a.value || a.head - b.head)
  }

  /** Heads chosen without a kind, judged on it, for each of the kinds; with two kinds or fewer on all of them. */
  #carriesOver(kinds: readonly string[], score: ChainScore): number {
    const values = kinds.map(kind => {
      const others = kinds.filter(other => other !== kind)
      const heads = this.#greedyHeads(others.length > 1 ? others : kinds, score)
      return average(this.judge([kind], { heads, score }))
    })
    return average(values.filter(value => value !== null)) ?? 0
  }

  /** The best head, then, as long as one helps, the one that helps it most. */
  #greedyHeads(kinds: readonly string[], score: ChainScore): readonly number[] {
    const key = `${keyOf(score)} ${[...kinds].sort().join()}`
    const known = this.#greedy.get(key)
    if (known !== undefined) return known
    const pool = this.rank(score, kinds).slice(0, poolSize)
    let heads = pool.slice(0, 1).map(({ head }) => head)
    let worth = pool[0]?.value ?? 0
    while (heads.length < this.#most) {
      const tried = pool
        .filter(({ head }) => !heads.includes(head))
        .map(({ head }) => {
          const more = [...heads, head]
          const value = this.#meanOverKinds(kinds, index => this.#together(index, more, score))
          return { more, value }
        })
      const best = tried.toSorted((a, b) => b.value - a.value)[0]
      if (best === undefined || best.value < worth + leastGain) break
      heads = best.more
      worth = best.value
    }
    this.#greedy.set(key, heads)
    return heads
  }

  /** Every kind counts alike, however many traces it has. */
  #meanOverKinds(kinds: readonly string[], value: (index: number) => number | null): number {
    const ofKinds = kinds.map(kind =>
      average(this.#of([kind]).flatMap(index => value(index) ?? [])),
    )
    return average(ofKinds.filter(found => found !== null)) ?? 0
  }

  #of(kinds: readonly string[]): number[] {
    return this.#examples.flatMap(({ kind }, index) => (kinds.includes(kind) ? [index] : []))
  }

  #together(index: number, heads: readonly number[], score: ChainScore): number | null {
    const example = this.#examples[index]
    if (example === undefined) return null
    const logs = heads.map(head => this.#logsOf(index, head, score.aggregate))
    return example.judge(chain(meanLooks(logs), score.inherit))
  }

  /** Kept, for heads that are tried together. */
  #logsOf(index: number, head: number, aggregate: GraphAggregate): Looks {
    const key = `${index} ${head} ${aggregate}`
    const logs = this.#logs.get(key) ?? this.#read(index, head, aggregate)
    this.#logs.set(key, logs)
    return logs
  }

  #read(index: number, head: number, aggregate: GraphAggregate): Looks {
    const { trace, graph } = this.#examples[index] ?? {}
    if (trace === undefined) return []
    return logLooks(graph?.looks[head] ?? [], stepSizes(trace, aggregate))
  }

  /** Shape (heads). */
  #aloneOf(index: number, score: ChainScore): readonly (number | null)[] {
    const key = `${index} ${keyOf(score)}`
    const { judge } = this.#examples[index] ?? { judge: () => null }
    const alone =
      this.#alone.get(key) ??
      Array.from({ length: this.#heads }, (_, head) =>
        judge(chain(this.#read(index, head, score.aggregate), score.inherit)),
      )
    this.#alone.set(key, alone)
    return alone
  }
}

const keyOf = ({ aggregate, inherit }: ChainScore): string => `${aggregate} ${inherit}`
