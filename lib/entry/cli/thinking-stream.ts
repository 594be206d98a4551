/** A thinking as it is written: dimmed on a terminal, and behind each step what all steps are worth by then. */

import { styleText } from 'node:util'
import type { GenerationChunk, InFlightEvent } from '../../index.js'
import { sparkline } from '../../report/index.js'

/** Bars at most, the newest ones. */
const mostBars = 60

/** Spaces, tags and punctuation between two steps, at most. */
const betweenSteps = 16

interface ThinkingStreamOptions {
  /** Characters of the next step that must be there before a step counts as finished. */
  readonly minCharacters?: number
}

export class ThinkingStream {
  readonly #stream: NodeJS.WritableStream
  readonly #style: (format: 'dim' | 'cyan', text: string) => string
  /** Characters of the thinking that wait: a step is told as finished only when some of the next one are there. */
  readonly #behind: number
  #written = 0
  #text = ''
  #phase: GenerationChunk['phase'] = 'thinking'

  constructor(stream: NodeJS.WritableStream, { minCharacters = 10 }: ThinkingStreamOptions = {}) {
    this.#stream = stream
    this.#style = (format, text) => styleText(format, text, { stream })
    this.#behind = minCharacters + betweenSteps
  }

  push({ text, phase, events = [] }: GenerationChunk): void {
    this.#tell(events)
    if (text === '') return
    // what came before this chunk was segmented by now
    const behind = phase === 'thinking' ? this.#behind : 0
    this.#flush(this.#text.length - behind)
    if (phase !== this.#phase) this.#stream.write('\n')
    this.#phase = phase
    this.#text += text
  }

  end(): void {
    this.#flush(this.#text.length)
    this.#stream.write('\n')
  }

  /** Where several steps ended in one chunk, each gets the bars of those up to it. */
  #tell(events: readonly InFlightEvent[]): void {
    const scored = events.findLast(event => event.type === 'scored')
    for (const event of events) {
      if (event.type !== 'step') continue
      this.#flush(event.charEnd)
      if (scored === undefined) continue
      const own = scored.steps.filter(index => index <= event.index).length
      this.#bars(scored.scores.slice(0, own))
    }
  }

  #bars(scores: readonly number[]): void {
    const more = scores.length > mostBars ? '…' : ''
    this.#stream.write(`  ${this.#style('cyan', more + sparkline(scores.slice(-mostBars)))}`)
  }

  #flush(end: number): void {
    if (end <= this.#written) return
    const whole = visible(this.#text.slice(this.#written, end))
    // blank lines in front of everything
    const text = this.#written === 0 ? whole.trimStart() : whole
    if (text === '') return
    this.#written = end
    this.#stream.write(this.#phase === 'thinking' ? this.#style('dim', text) : text)
  }
}

/** Control characters of a model would move the cursor, and worse. */
const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}]/gu, mark => (mark === '\n' || mark === '\t' ? mark : '\ufffd'))
