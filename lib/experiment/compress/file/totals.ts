/** What many rows sum up to. Pure. */

import { sameAnswer } from '../../../index.js'
import type { CompressedRow, RowReason, TurnCheck } from '../types.js'

/** What became of many rows: counts of rows, turns, steps and tokens; `millis` in milliseconds. */
export interface CompressTotals {
  /** Lines that are no blank ones. */
  readonly rows: number
  readonly pruned: number
  readonly unchanged: number
  /** How many were copied or left out, for which reason. */
  readonly failed: Readonly<Partial<Record<RowReason, number>>>
  /** Of the rows that were scored: assistant turns, their steps, and those that went. */
  readonly turns: number
  readonly steps: number
  readonly removedSteps: number
  /** Of their thinkings, in the model's tokens. */
  readonly tokensBefore: number
  readonly tokensAfter: number
  /** That the model read for the scores, prompts included. */
  readonly readTokens: number
  /** Of all processes that worked on it, without loading. */
  readonly millis: number
  /** Turns that were asked again, and how many said the row's answer: behind all, behind what is left, and behind both. */
  readonly checked: {
    readonly asked: number
    readonly whole: number
    readonly pruned: number
    readonly both: number
  }
}

export const noTotals: CompressTotals = {
  rows: 0,
  pruned: 0,
  unchanged: 0,
  failed: {},
  turns: 0,
  steps: 0,
  removedSteps: 0,
  tokensBefore: 0,
  tokensAfter: 0,
  readTokens: 0,
  millis: 0,
  checked: { asked: 0, whole: 0, pruned: 0, both: 0 },
}

/** What one row adds. */
export function totalsOf(row: CompressedRow): CompressTotals {
  if (row.outcome === 'blank') return noTotals
  const turns = row.record?.turns ?? []
  const sum = (of: (turn: (typeof turns)[number]) => number) =>
    turns.reduce((total, turn) => total + of(turn), 0)
  return {
    ...noTotals,
    rows: 1,
    pruned: row.outcome === 'pruned' ? 1 : 0,
    unchanged: row.outcome === 'unchanged' ? 1 : 0,
    failed: row.fault === null ? {} : { [row.fault.reason]: 1 },
    turns: turns.length,
    steps: sum(({ steps }) => steps),
    removedSteps: sum(({ removed }) => removed.length),
    tokensBefore: sum(({ tokens }) => tokens.before),
    tokensAfter: sum(({ tokens }) => tokens.after),
    readTokens: row.readTokens,
    checked: turns.reduce((all, { check }) => addChecked(all, checkedOf(check)), noTotals.checked),
  }
}

function checkedOf(check: TurnCheck | undefined): CompressTotals['checked'] {
  if (check === undefined) return noTotals.checked
  const says = (answer: string | null) =>
    check.own !== null && answer !== null && sameAnswer(answer, check.own) ? 1 : 0
  const [whole, pruned] = [says(check.whole), says(check.pruned)]
  return { asked: 1, whole, pruned, both: Math.min(whole, pruned) }
}

export function addTotals(a: CompressTotals, b: CompressTotals): CompressTotals {
  const failed: Partial<Record<string, number>> = { ...a.failed }
  for (const [reason, count] of Object.entries(b.failed)) {
    failed[reason] = (failed[reason] ?? 0) + count
  }
  return {
    rows: a.rows + b.rows,
    pruned: a.pruned + b.pruned,
    unchanged: a.unchanged + b.unchanged,
    failed,
    turns: a.turns + b.turns,
    steps: a.steps + b.steps,
    removedSteps: a.removedSteps + b.removedSteps,
    tokensBefore: a.tokensBefore + b.tokensBefore,
    tokensAfter: a.tokensAfter + b.tokensAfter,
    readTokens: a.readTokens + b.readTokens,
    millis: a.millis + b.millis,
    checked: addChecked(a.checked, b.checked),
  }
}

const addChecked = (
  a: CompressTotals['checked'],
  b: CompressTotals['checked'],
): CompressTotals['checked'] => ({
  asked: a.asked + b.asked,
  whole: a.whole + b.whole,
  pruned: a.pruned + b.pruned,
  both: a.both + b.both,
})
