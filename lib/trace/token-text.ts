/** Text of tokens as they come, without ever decoding anything twice. */

/** Pieces of consecutive tokens: shape (tokens) of ends into the concatenated bytes. */
export interface TokenPieces {
  readonly bytes: Uint8Array
  readonly ends: ArrayLike<number>
}

/**
 * Decodes token pieces to text and keeps where each token ends in it, in UTF-16 units. Tokens may
 * cut characters: an incomplete UTF-8 sequence has no characters until a later token completes it
 * (or makes it invalid), and that token gets them. Text is what one decoder would give for all
 * bytes at once: nothing is dropped, invalid sequences are U+FFFD, a byte order mark stays.
 */
export class TokenText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #ends: number[] = []
  #text = ''
  /** Whether the decoder may wait for the rest of a character. */
  #open = false

  get text(): string {
    return this.#text
  }

  /** Shape (tokens): a live view, ascending, the last one is `text.length`. */
  get ends(): readonly number[] {
    return this.#ends
  }

  /** Appends tokens; returns the text that they completed. */
  push({ bytes, ends }: TokenPieces): string {
    const before = this.#text.length
    // most text is: one string for all of its tokens
    if (!this.#open && bytes.every(byte => byte < 0x80)) {
      this.#text += this.#decoder.decode(bytes, { stream: true })
      for (let i = 0; i < ends.length; i++) this.#ends.push(before + (ends[i] ?? 0))
      return this.#text.slice(before)
    }
    let start = 0
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i] ?? start
      this.#text += this.#decoder.decode(bytes.subarray(start, end), { stream: true })
      this.#ends.push(this.#text.length)
      start = end
    }
    // a character ends where another begins that is one byte
    if (start > 0) this.#open = (bytes[start - 1] ?? 0) >= 0x80
    return this.#text.slice(before)
  }

  /**
   * Ends the text: a sequence that nothing completed becomes U+FFFD and belongs to the last token.
   * Returns that text; '' where nothing was left.
   */
  flush(): string {
    const rest = this.#decoder.decode()
    this.#open = false
    this.#text += rest
    if (this.#ends.length > 0) this.#ends[this.#ends.length - 1] = this.#text.length
    return rest
  }
}
