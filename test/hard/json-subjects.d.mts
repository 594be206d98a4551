/** What reads JSON, with a good file of each kind. */
export interface Subject {
  readonly name: string
  /** A good one. */
  readonly text: string
  /** What the message of an error names. */
  readonly place: RegExp
  /** Puts the file into its place in a folder, and uses it as far as it goes. */
  readonly use: (folder: string, bytes: Uint8Array) => Promise<unknown>
}

export declare const subjects: readonly Subject[]
