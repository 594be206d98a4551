/** Where the steps of a thinking end that is being written, token by token. */

/** What ends a step, the longest kind last: where there are paragraphs, a sentence in one is no step. */
const ends = [
  // what follows is not known yet: a number's point is no end
  /(?:[^\d\s][.!?]["')\]]*|[。！？])\s*$/,
  /\S[^\S\n]*\n\s*$/,
  /\S[^\S\n]*\n[^\S\n]*\n\s*$/,
] as const

/** Of the text, that an end may be told by. */
const tailLength = 32

/**
 * As the default splitter has it: a step ends behind a blank line; in a text without any, behind a line; in one without
 * lines, behind a sentence.
 */
export class StepEnds {
  #kind = 0
  #tail = ''
  #tokens = 0
  #lastEnd = 0
  /** Tokens of the longest step that has ended; 0 where none has. */
  longest = 0
  /** Tokens before the step that is being written; 0 as long as a longer kind may show that there was none before. */
  get lastEnd(): number {
    return this.#kind === ends.length - 1 ? this.#lastEnd : 0
  }

  /** Whether the newest token ended a step. */
  atEnd = false

  push(piece: string): void {
    this.#tokens++
    this.#tail = (this.#tail + piece).slice(-tailLength)
    const kind = ends.findLastIndex(end => end.test(this.#tail))
    this.atEnd = kind >= this.#kind && kind >= 0
    if (!this.atEnd) return
    // what was taken for steps so far was a part of one
    if (kind > this.#kind) [this.#lastEnd, this.longest] = [0, 0]
    this.#kind = kind
    this.longest = Math.max(this.longest, this.#tokens - this.#lastEnd)
    this.#lastEnd = this.#tokens
  }
}
