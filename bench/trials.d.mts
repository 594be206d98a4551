export interface Trial {
  /** What it is called by. */
  readonly words: string
  /** In this folder. */
  readonly script: string
  readonly options: Readonly<Record<string, unknown>>
}
export const trials: readonly Trial[]
/** Trials that have all the words; `long`, `peers` and `curves` only where that word is among them. */
export function chooseTrials(words: readonly string[]): readonly Trial[]
