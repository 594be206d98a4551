/**
 * Chunks of a generation → what a client sees: first the reasoning, then the content, never again the other. Tags are
 * seen by nobody; stop strings act on the content alone; text that may still turn out to be a tag or a stop string is held
 * back until that is known.
 */

export interface Delta {
  readonly kind: 'reasoning' | 'content'
  readonly text: string
}

export interface DeltaOptions {
  /** null: all is content. */
  readonly tags: { readonly open: string; readonly close: string } | null
  /** Whether the prompt has opened the thinking, closed it, or left it to the model. */
  readonly promptEnd: 'opened' | 'closed' | 'neither'
  readonly stops: readonly string[]
  /** The thinking may be ended for the model, which may then close it once more: that is no content. */
  readonly mayCloseTwice: boolean
}

/**
 * 'closed': thinking and answer. 'cut': the length ended it in the middle of its thinking, and there is no answer.
 * 'unclosed': it ended by itself without closing its thinking, so that all of it is the answer. 'plain': it thought nothing.
 */
export type EndState = 'closed' | 'cut' | 'unclosed' | 'plain'

export class Deltas {
  readonly #options: DeltaOptions
  #phase: 'unknown' | 'reasoning' | 'content'
  /** Not told yet. */
  #held = ''
  #reasoning = ''
  #content = ''
  #closed = false
  /** A stop string is complete: nothing more is told. */
  stopped = false

  constructor(options: DeltaOptions) {
    this.#options = options
    const { tags, promptEnd } = options
    if (tags === null || promptEnd === 'closed') this.#phase = 'content'
    else this.#phase = promptEnd === 'opened' ? 'reasoning' : 'unknown'
  }

  get content(): string {
    return this.#content
  }

  get reasoning(): string {
    return this.#reasoning
  }

  /** @param thinking whether the library takes the text for thinking: its last text ends with the closing tag */
  push(text: string, thinking: boolean): Delta[] {
    const out: Delta[] = []
    if (this.stopped) return out
    this.#held += text
    if (this.#phase === 'unknown') this.#decide(false)
    if (this.#phase === 'reasoning') this.#think(out)
    // a tag that is one token is not found in text that only looks like it
    if (!thinking && this.#phase !== 'content' && this.#options.tags !== null) this.#close(out)
    if (this.#phase === 'content') this.#answer(out, false)
    return out
  }

  /** Tells what was held back. @param cut whether the length ended it */
  end(cut: boolean): { readonly deltas: Delta[]; readonly state: EndState } {
    const deltas: Delta[] = []
    if (this.#phase === 'unknown') this.#decide(true)
    if (this.#phase === 'content') {
      this.#answer(deltas, true)
      return { deltas, state: this.#closed ? 'closed' : 'plain' }
    }
    this.#tell(deltas, 'reasoning', this.#held.trimEnd())
    this.#held = ''
    if (cut) return { deltas, state: 'cut' }
    this.#tell(deltas, 'content', this.#reasoning)
    this.#reasoning = ''
    return { deltas, state: 'unclosed' }
  }

  /** Does it open its thinking, or say something else? */
  #decide(last: boolean): void {
    const { open = '' } = this.#options.tags ?? {}
    const text = this.#held.trimStart()
    if (text.startsWith(open)) {
      this.#held = text.slice(open.length)
      this.#phase = 'reasoning'
    } else if (last || !open.startsWith(text)) this.#phase = 'content'
  }

  #think(out: Delta[]): void {
    const { close = '' } = this.#options.tags ?? {}
    if (this.#reasoning === '') this.#held = this.#held.trimStart()
    const at = this.#held.indexOf(close)
    const end = at === -1 ? withoutBeginning(this.#held, [close]) : at
    const told = this.#held.slice(0, end).trimEnd()
    this.#tell(out, 'reasoning', told)
    this.#held = this.#held.slice(told.length)
  }

  /** The closing tag is in what was held back. */
  #close(out: Delta[]): void {
    const { close = '' } = this.#options.tags ?? {}
    const at = this.#held.indexOf(close)
    if (at === -1) return
    this.#tell(out, 'reasoning', this.#held.slice(0, at).trimEnd())
    this.#held = this.#held.slice(at + close.length)
    this.#phase = 'content'
    this.#closed = true
  }

  #answer(out: Delta[], last: boolean): void {
    if (this.stopped) return
    const { tags, stops, mayCloseTwice } = this.#options
    const closers = mayCloseTwice && tags !== null ? [tags.close] : []
    for (const close of closers) {
      const [first = '', ...others] = this.#held.split(close)
      if (others.length === 0) continue
      // white space before a tag goes with it
      const before = [first, ...others.slice(0, -1)].map(part => part.trimEnd())
      this.#held = before.join('') + (others.at(-1) ?? '')
    }
    if (tags !== null && this.#content === '') this.#held = this.#held.trimStart()
    const stop = firstOf(this.#held, stops)
    this.stopped = stop !== -1
    const safe = last ? this.#held.length : withoutBeginning(this.#held, [...stops, ...closers])
    const told = closers.length > 0 && !last ? this.#held.slice(0, safe).trimEnd().length : safe
    const end = this.stopped ? stop : told
    this.#tell(out, 'content', this.#held.slice(0, end))
    this.#held = this.stopped ? '' : this.#held.slice(end)
  }

  #tell(out: Delta[], kind: Delta['kind'], text: string): void {
    if (text === '') return
    if (kind === 'reasoning') this.#reasoning += text
    else this.#content += text
    out.push({ kind, text })
  }
}

/** Where the first of some texts begins; -1 where there is none. */
function firstOf(text: string, searched: readonly string[]): number {
  const found = searched.map(one => text.indexOf(one)).filter(at => at !== -1)
  return found.length === 0 ? -1 : Math.min(...found)
}

/** The length of a text without the beginning of one of some others at its end. */
function withoutBeginning(text: string, others: readonly string[]): number {
  const longest = Math.max(0, ...others.map(other => other.length - 1))
  for (let start = Math.max(0, text.length - longest); start < text.length; start++) {
    const end = text.slice(start)
    if (others.some(other => other.startsWith(end))) return start
  }
  return text.length
}
