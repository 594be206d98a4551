/** What is done to the bytes of a file: it is cut to a length, then written over. */
export interface Damage {
  readonly writes: readonly { readonly at: number; readonly bytes: readonly number[] }[]
  readonly length?: number
}

/** Bytes [at, at + length) of a file. */
export interface Text {
  readonly at: number
  readonly length: number
}

/** A good file, and where what is in it is. */
export interface Described {
  readonly bytes: Uint8Array
  readonly size: number
  /** Bytes of header, metadata and tensor descriptions. */
  readonly headerSize: number
  /** Offsets of numbers and arrays in the metadata, and of the dimensions of tensors. */
  readonly values: readonly number[]
  /** Lists of the tokenizer: offsets of their type, of their numbers, and their texts. */
  readonly lists: readonly {
    readonly at: number
    readonly elements: readonly number[]
    readonly texts: readonly Text[]
  }[]
  /** Of tensors. */
  readonly names: readonly Text[]
  readonly template: Text | null
}

export declare function describe(bytes: Uint8Array): Described
export declare function damageOf(seed: number, file: Described): Damage
export declare function damaged(bytes: Uint8Array, damage: Damage): Uint8Array
