import type { Trial } from './trials.d.mts'

export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly ratios?: Readonly<Record<string, number>>
}
/** `ok` is absent where nothing is asked. */
export interface JudgedRow extends Row {
  readonly bar?: string
  readonly ok?: boolean
}
export interface Result {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly seconds: number
  readonly rows: readonly JudgedRow[]
  /** Why. */
  readonly skipped?: string
  readonly error?: string
  readonly detail?: unknown
}
/** In a dry run rows of attention are judged, and neither speed nor memory. */
export function judge(
  rows: readonly Row[],
  trial: Pick<Trial, 'bars' | 'name'>,
  dry: boolean,
): readonly JudgedRow[]
/** It ended with an error, or missed a bar. */
export function hasFailed(result: Result): boolean
/** Markdown: a section for each. */
export function summary(results: readonly Result[]): string
