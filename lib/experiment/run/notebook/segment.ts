/** `segment_steps` of the seed notebook (cell 5). */
import { codePointLength } from '../../../base/text.js'
import { strip } from './python.js'

export interface NotebookStep {
  readonly text: string
  /** `step_id` in the seed. */
  readonly index: number
}

export interface NotebookSegments {
  readonly steps: readonly NotebookStep[]
  /** Inside the first think block; the whole text where there is none. */
  readonly thinking: string
  /** All that follows the first think block, later blocks included; else empty. */
  readonly answer: string
}

/** Chunks between blank lines; those of fewer code points are lost, not joined. */
const MIN_CHARACTERS = 10

const OPEN = '<think>'
const CLOSE = '</think>'

/** Steps of `text` as the seed cuts them; steps carry no position, later ones are searched for. */
export function segmentNotebook(text: string): NotebookSegments {
  const { thinking, answer } = findThinking(text)
  const steps = thinking
    .split(/\n\n+/)
    .map(strip)
    .filter(chunk => codePointLength(chunk) >= MIN_CHARACTERS)
    .map((chunk, index) => ({ text: chunk, index }))
  return { steps, thinking, answer }
}

/** The first `<think>(.*?)</think>`, which fails as a whole if the first open tag is not closed. */
function findThinking(text: string): { thinking: string; answer: string } {
  const open = text.indexOf(OPEN)
  const close = open < 0 ? -1 : text.indexOf(CLOSE, open + OPEN.length)
  if (close < 0) return { thinking: text, answer: '' }
  return {
    thinking: text.slice(open + OPEN.length, close),
    answer: text.slice(close + CLOSE.length),
  }
}
