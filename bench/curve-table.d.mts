/** What something costs by the length of the trace. */
export interface Curve {
  readonly name: string
  readonly unit: string
  /** Tokens and value, ascending. */
  readonly points: readonly (readonly [length: number, value: number])[]
  /** Highest exponent that is asked for. */
  readonly bar?: number | undefined
}

export interface Exponents {
  /** Of the power law through all points; null where a value is not above zero: nothing that noise would not hide. */
  readonly all: number | null
  /** Share of the variance that it explains. */
  readonly fit: number | null
  /** Between the last two points: what constants of short traces do not flatten. */
  readonly last: number | null
}

export function exponents(curve: Curve): Exponents
/** Markdown: a line a curve, a column a length, then the exponents. Lengths are those of any curve. */
export function curveTable(curves: readonly Curve[]): string
