export interface JsonCase {
  readonly subject: string
  readonly seed: number
  /** `works`, the code of an error, or `fault: …`. */
  readonly outcome: string
}

export declare function tryAll(
  options: { readonly cases: number; readonly seed: number; readonly only?: string | undefined },
  told: (line: JsonCase) => void,
): Promise<void>

/** What does not work with good files. */
export declare function tryGood(): Promise<string[]>
