/** Results of generation in several ways → one row for each way and budget. Pure. */

import { pairedDifference } from '../results/compare.js'
import { mean, wilson } from '../results/statistics.js'
import type { Difference } from '../results/types.js'
import type { InFlightBudget, InFlightResult } from './in-flight-variants.js'

/** A row of the table. */
export interface InFlightSummary {
  readonly variant: string
  /** Null where nothing is evicted. */
  readonly budget: InFlightBudget | null
  /** Of the problems whose answer is known. */
  readonly correct: number
  readonly total: number
  /** Of `total`: surely neither equal nor different, counted as not correct; missing where there are none. */
  readonly undecided?: number | undefined
  /** From 0 to 1; null where `total` is 0. */
  readonly accuracy: number | null
  /** Wilson, 95 %. */
  readonly interval: readonly [number, number] | null
  /** Against the first variant; null there. */
  readonly change: Difference | null
  /** Against 'random' at the same budget; null there, and where it was not run. */
  readonly overRandom: Difference | null
  /** Answered again from the trace without what was evicted; null where nothing was pruned. */
  readonly offline: { readonly accuracy: number; readonly live: Difference } | null
  /** Share of the first variant's answers that came out the same; null there, and where it has none. */
  readonly sameAnswer: number | null
  /** Mean share of the first variant's text that was written before the texts go apart. */
  readonly sameText: number | null
  /** Of an oracle: share of the steps it looked at that the first variant wrote, too. */
  readonly knew: number | null
  readonly problems: number
  /** Means over problems. */
  readonly tokens: number | null
  /** Share of the thinking's tokens. */
  readonly evicted: number | null
  /** Most tokens in the cache at once, prompt included. */
  readonly peakCachedTokens: number | null
  /** Decoded for looks and refills. */
  readonly extraTokens: number | null
  /** Share whose thinking was ended early. */
  readonly exited: number | null
  /** Share that ran out of tokens in a loop, and share that was told to close its thinking. */
  readonly looping: number | null
  readonly forcedClose: number | null
  /** Generated ones, over the time of generation with all looks. */
  readonly tokensPerSecond: number
}

const budgetKey = (budget: InFlightBudget | null): string => JSON.stringify(budget)

/** One row for each variant and budget, in the order of the results: accuracy against the first variant and against random, tokens, cells. Pure. */
export function summarizeInFlight(results: readonly InFlightResult[]): readonly InFlightSummary[] {
  const groups = new Map<string, InFlightResult[]>()
  for (const result of results) {
    const key = `${budgetKey(result.budget)} ${result.variant}`
    const group = groups.get(key) ?? []
    groups.set(key, group)
    group.push(result)
  }
  const all = [...groups.values()]
  const first = all[0] ?? []
  const randomOf = (budget: InFlightBudget | null) =>
    groups.get(`${budgetKey(budget)} random`) ?? null
  return all.map(rows => summaryOf(rows, first, randomOf(rows[0]?.budget ?? null)))
}

function summaryOf(
  rows: readonly InFlightResult[],
  first: readonly InFlightResult[],
  random: readonly InFlightResult[] | null,
): InFlightSummary {
  const { variant = '', budget = null } = rows[0] ?? {}
  const judged = rows.filter(row => row.correct !== null)
  const correct = judged.filter(row => row.correct).length
  const undecided = judged.filter(({ decision }) => decision?.verdict === 'undecided').length
  const millis = rows.reduce((sum, row) => sum + row.millis, 0)
  const tokens = rows.reduce((sum, row) => sum + row.tokens, 0)
  const isFirst = rows === first
  return {
    variant,
    budget,
    correct,
    total: judged.length,
    ...(undecided > 0 && { undecided }),
    accuracy: judged.length === 0 ? null : correct / judged.length,
    interval: wilson(correct, judged.length),
    change: isFirst ? null : pairedDifference(rows, first),
    overRandom: random === null || rows === random ? null : pairedDifference(rows, random),
    offline: offlineOf(rows),
    sameAnswer: isFirst ? null : sameAnswers(rows, first),
    sameText: isFirst ? null : mean(rows.map(row => row.sameText)),
    knew: mean(rows.flatMap(({ knew }) => (knew === null ? [] : [knew]))),
    problems: rows.length,
    tokens: mean(rows.map(row => row.tokens)),
    evicted: mean(rows.map(row => row.evicted)),
    peakCachedTokens: mean(rows.map(row => row.peakCachedTokens)),
    extraTokens: mean(rows.map(row => row.extraTokens)),
    exited: mean(rows.map(row => Number(row.exited))),
    looping: mean(rows.map(row => Number(row.looping))),
    forcedClose: mean(rows.map(row => Number(row.forcedClose))),
    tokensPerSecond: (1000 * tokens) / millis,
  }
}

function offlineOf(rows: readonly InFlightResult[]): InFlightSummary['offline'] {
  const again = rows.map(({ offline }) => ({ correct: offline?.correct ?? null }))
  const live = pairedDifference(rows, again)
  const accuracy = mean(again.flatMap(({ correct }) => (correct === null ? [] : [Number(correct)])))
  return live === null || accuracy === null ? null : { accuracy, live }
}

/** @param first of the same problems in the same order */
function sameAnswers(
  rows: readonly InFlightResult[],
  first: readonly InFlightResult[],
): number | null {
  return mean(
    rows.flatMap(({ predicted }, i) => {
      const before = first[i]?.predicted ?? null
      return before === null ? [] : [Number(predicted === before)]
    }),
  )
}
