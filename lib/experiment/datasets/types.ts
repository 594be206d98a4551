/** Problems with answers. */

/** A problem, and what is known of its answer. */
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

/** Problems with their answers, and where they come from. */
export interface Dataset {
  readonly name: string
  /** The file it was read from; null for a built-in one. */
  readonly path: string | null
  readonly problems: readonly Problem[]
  /** How its problems are asked unless somebody says otherwise: a template with `{problem}`. @default the problem alone */
  readonly prompt?: string | undefined
  /** What somebody should know before it is used: rows that were left out, answers that look odd. @default nothing */
  readonly notes?: readonly string[] | undefined
  /** Where it was downloaded from. */
  readonly source?: DatasetOrigin | undefined
}

/** A file on a hub, at a revision. */
export interface DatasetOrigin {
  readonly repo: string
  readonly file: string
  readonly revision: string
  readonly sha256: string
}

/** A built-in data set: one function that fetches it. */
export interface DatasetSource {
  readonly name: string
  /** Reads or fetches the problems. @throws CotPruneError ERR_DATASET; of a hub as `resolveHubFile` */
  load(options?: DatasetOptions): Promise<Dataset>
}

/** Columns by name, in any case; those that are left out are found by what is known of public data sets. */
export interface Columns {
  readonly problem?: string | undefined
  readonly answer?: string | undefined
  readonly id?: string | undefined
  readonly system?: string | undefined
  readonly kind?: string | undefined
}

/** How rows become problems. */
export interface DatasetOptions {
  /** @default by the table of known shapes (docs/datasets.md) */
  readonly columns?: Columns | undefined
  /** Of a list of answers: 'all' are asked for together, or 'any' one is enough. @default 'all' */
  readonly answers?: 'all' | 'any' | undefined
  /** A row without a usable problem or answer is an error, and is not left out with a note. @default false */
  readonly strict?: boolean | undefined
}
