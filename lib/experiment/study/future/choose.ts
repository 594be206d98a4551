/**
 * Which heads' newest looks foretell the looks of steps still to come: chosen on some kinds of problems, judged on others.
 * Pure.
 */

import { mean, rankCorrelation, spread } from '../../results/statistics.js'
import { fitMix, type Mix, mixed } from './mix.js'
import { type Moment, newestRows } from './types.js'

export interface FutureChoice {
  /** Indices of the moments' heads, the best alone first. */
  readonly heads: readonly number[]
  /** Of how many newest rows the mean is taken. */
  readonly newest: number
  readonly mix: Mix
}

/** How well something foretells, on moments: Spearman's rank correlation with the target. */
export interface Foretold {
  readonly score: string
  readonly value: number
  /** Of its 95 % interval. */
  readonly halfWidth: number
  readonly moments: number
}

const poolSize = 16
/** A head that adds less than this is noise of the moments that were looked at. */
const leastGain = 0.002

/** On all moments. @param most heads that are chosen at most */
export function chooseFuture(moments: readonly Moment[], most: number): FutureChoice {
  const choices = newestRows.map(newest => greedy(moments, newest, most))
  const best = choices.reduce((a, b) => (b.worth > a.worth ? b : a))
  const { heads, newest } = best
  return { heads, newest, mix: fitMix(moments, moment => received(moment, heads, newest)) }
}

export interface FutureJudgement {
  /** On each kind what was chosen on the others, then what needs no choice. */
  readonly rows: readonly Foretold[]
  /** Whether the mix foretells better than the heads alone, beyond the 95 % interval of the paired difference. */
  readonly mixCarriesOver: boolean
}

export function judgeFuture(moments: readonly Moment[], most: number): FutureJudgement {
  const kinds = [...new Set(moments.map(({ kind }) => kind))]
  const heads: number[] = []
  const mixes: number[] = []
  for (const kind of kinds) {
    const others = moments.filter(moment => moment.kind !== kind)
    const choice = chooseFuture(others.length > 0 ? others : moments, most)
    for (const moment of moments.filter(one => one.kind === kind)) {
      const looks = received(moment, choice.heads, choice.newest)
      const [alone] = judged(looks, moment)
      const [mix] = judged(mixed(choice.mix, looks, moment), moment)
      if (alone === undefined || mix === undefined) continue
      heads.push(alone)
      mixes.push(mix)
    }
  }
  const all = (moment: Moment) => received(moment, upTo(moment.rows.length), 1)
  const each = (score: (moment: Moment) => readonly number[]) =>
    moments.flatMap(moment => judged(score(moment), moment))
  const gains = mixes.map((value, i) => value - (heads[i] ?? Number.NaN))
  const rows = [
    foretold('chosen heads', heads),
    foretold('mixed with recency and repetition', mixes),
    foretold('all heads, newest row', each(all)),
    foretold(
      'recency',
      each(({ target }) => upTo(target.length)),
    ),
    foretold(
      'repeated least',
      each(({ repeated }) => repeated.map(share => -share)),
    ),
  ]
  return { rows, mixCarriesOver: (mean(gains) ?? 0) > spread(gains) }
}

/** What heads pay to each step, the mean over their newest rows; each head's scaled to sum to 1. Shape (steps). */
export function received(
  { rows, target }: Pick<Moment, 'rows' | 'target'>,
  heads: readonly number[],
  newest: number,
): number[] {
  const sum = target.map(() => 0)
  for (const head of heads) {
    const own = rows[head]?.slice(0, newest) ?? []
    const paid = sum.map((_, i) => own.reduce((total, row) => total + (row[i] ?? 0), 0))
    const total = paid.reduce((a, b) => a + b, 0)
    for (const [i, value] of paid.entries()) {
      if (total > 0) sum[i] = (sum[i] ?? 0) + value / total / heads.length
    }
  }
  return sum
}

interface Greedy {
  readonly heads: readonly number[]
  readonly newest: number
  readonly worth: number
}

/** The best head, then, as long as one helps, the one that helps it most; every kind counts alike. */
function greedy(moments: readonly Moment[], newest: number, most: number): Greedy {
  const worthOf = (heads: readonly number[]) =>
    meanOverKinds(moments, moment => judged(received(moment, heads, newest), moment))
  const pool = upTo(moments[0]?.rows.length ?? 0)
    .map(head => ({ head, worth: worthOf([head]) }))
    .sort((a, b) => b.worth - a.worth || a.head - b.head)
    .slice(0, poolSize)
  let [heads, worth] = [pool.slice(0, 1).map(({ head }) => head), pool[0]?.worth ?? 0]
  while (heads.length < most) {
    const tried = pool
      .filter(({ head }) => !heads.includes(head))
      .map(({ head }) => ({ more: [...heads, head], value: worthOf([...heads, head]) }))
    const best = tried.toSorted((a, b) => b.value - a.value)[0]
    if (best === undefined || best.value < worth + leastGain) break
    heads = best.more
    worth = best.value
  }
  return { heads, newest, worth }
}

function meanOverKinds(
  moments: readonly Moment[],
  values: (moment: Moment) => readonly number[],
): number {
  const ofKind = new Map<string, number[]>()
  for (const moment of moments) {
    ofKind.set(moment.kind, [...(ofKind.get(moment.kind) ?? []), ...values(moment)])
  }
  return mean([...ofKind.values()].flatMap(found => mean(found) ?? [])) ?? 0
}

/** Nothing where it does not vary. */
function judged(scores: readonly number[], { target }: Moment): number[] {
  const value = rankCorrelation(scores, target)
  return value === null ? [] : [value]
}

const foretold = (score: string, values: readonly number[]): Foretold => ({
  score,
  value: mean(values) ?? Number.NaN,
  halfWidth: spread(values),
  moments: values.length,
})

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
