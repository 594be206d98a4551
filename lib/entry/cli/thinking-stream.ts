/** A thinking as it is written: dimmed on a terminal, and behind each step what all steps are worth by then. */

import { styleText } from 'node:util'
import type { GenerationChunk, InFlightEvent } from '../../index.js'
import { sparkline } from '../../report/index.js'

/** Bars at most, the newest ones. */
const mostBars = 60

export class ThinkingStream {
  readonly #stream: NodeJS.WriteStream
  readonly #dim: (text: string) => string
  /** Characters of the text that were written; what is behind waits for the end of its step. */
  #written = 0
  #text = ''
  #phase: GenerationChunk['phase'] = 'thinking'

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#dim = text => styleText('dim', text, { stream })
  }

  push({ text, phase, events = [] }: GenerationChunk): void {
    for (const event of events) this.#tell(event)
    if (text === '') return
    this.#flush(this.#text.length)
    if (phase !== this.#phase) this.#stream.write('\n')
    this.#phase = phase
    this.#text += text
  }

  end(): void {
    this.#flush(this.#text.length)
    this.#stream.write('\n')
  }

  #tell(event: InFlightEvent): void {
    if (event.type === 'step') this.#flush(event.charEnd)
    if (event.type !== 'scored') return
    const bars = sparkline(event.scores.slice(-mostBars))
    const more = event.scores.length > mostBars ? '…' : ''
    this.#stream.write(`  ${styleText('cyan', more + bars, { stream: this.#stream })}`)
  }

  #flush(end: number): void {
    if (end <= this.#written) return
    const whole = visible(this.#text.slice(this.#written, end))
    // blank lines in front of everything
    const text = this.#written === 0 ? whole.trimStart() : whole
    if (text === '') return
    this.#written = end
    this.#stream.write(this.#phase === 'thinking' ? this.#dim(text) : text)
  }
}

/** Control characters of a model would move the cursor, and worse. */
const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}]/gu, mark => (mark === '\n' || mark === '\t' ? mark : '\ufffd'))
