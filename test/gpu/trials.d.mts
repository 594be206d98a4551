/** Judges rows by their names: their value, or one of their ratios. */
export interface Bar {
  readonly rows: RegExp
  readonly ratio?: string
  readonly least?: number
  readonly most?: number
}
export interface Trial {
  readonly name: string
  /** Below the package's folder. */
  readonly script: string
  readonly options: Readonly<Record<string, unknown>>
  /** Options that differ where there is no GPU. */
  readonly dry: Readonly<Record<string, unknown>>
  /** That it may take on a GPU. */
  readonly seconds: number
  /** Part of a quick run. */
  readonly quick: boolean
  readonly bars: readonly Bar[]
}
export const trials: readonly Trial[]
