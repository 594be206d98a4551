/** Places: in a text, among tokens, among heads. Every range is half-open. */

/** [start, end) of tokens, of positions, or of UTF-16 units of a text: the field says which. */
export interface TextRange {
  /** Of the first one. */
  readonly start: number
  /** Behind the last one. */
  readonly end: number
}

/** Half-open range of tokens, and of UTF-16 units of the text. */
export interface Span {
  /** Index of the first token of it, of those that were generated. */
  readonly tokenStart: number
  /** Index behind the last token of it. */
  readonly tokenEnd: number
  /** Where it begins in the text, in UTF-16 units. */
  readonly charStart: number
  /** Where it ends in the text, exclusive. */
  readonly charEnd: number
}

/** One attention head; both numbers count from 0. */
export interface HeadRef {
  /** From 0, the layer next to the embedding. */
  readonly layer: number
  /** From 0, of the layer's query heads. */
  readonly head: number
}
