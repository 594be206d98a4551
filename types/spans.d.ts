/** Places: in a text, among tokens, among heads. Every range is half-open. */

/** [start, end) of tokens, of positions, or of UTF-16 units of a text: the field says which. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** Half-open range of tokens, and of UTF-16 units of the text. */
export interface Span {
  readonly tokenStart: number
  readonly tokenEnd: number
  readonly charStart: number
  readonly charEnd: number
}

/** One attention head; both numbers count from 0. */
export interface HeadRef {
  readonly layer: number
  readonly head: number
}
