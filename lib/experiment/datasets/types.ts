/** Problems with answers. */

export interface Problem {
  readonly id: string
  /** What kind of problem it is, where the data set says so. */
  readonly kind?: string | undefined
  readonly problem: string
  /** A system turn that goes before it. */
  readonly system?: string | undefined
  /** Canonical text, as the data set gives it. */
  readonly answer: string
  /** Others that are as right; none without it. */
  readonly alternatives?: readonly string[] | undefined
  /** The right answer; null where the statement determines none, absent where nobody checked. */
  readonly verifiedAnswer?: string | null | undefined
  readonly note?: string | undefined
}

export interface Dataset {
  readonly name: string
  /** The file it was read from; null for a built-in one. */
  readonly path: string | null
  readonly problems: readonly Problem[]
}

/** A built-in data set: one function that fetches it. */
export interface DatasetSource {
  readonly name: string
  load(): Promise<Dataset>
}
