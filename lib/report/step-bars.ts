/** A trace at a glance: one line for each step, with a bar for its score. */

import { styleText } from 'node:util'

/** A step with its score, as `renderSteps` shows it. */
export interface ShownStep {
  readonly index: number
  readonly text: string
  readonly score: number
}

/** What `renderSteps` takes beside the steps. */
export interface StepsOptions {
  /** Indices of the kept steps. */
  readonly kept: readonly number[]
  /** Indices of the steps that state the answer (`answerSteps`): they get a `=`. @default none */
  readonly stating?: readonly number[] | undefined
  /** Lines at most; the rest is counted. @default 30 */
  readonly limit?: number | undefined
  /** Colours are used where this is a terminal and NO_COLOR is not set. @default stdout */
  readonly stream?: NodeJS.WritableStream | undefined
}

const barWidth = 10
const textWidth = 60
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Lines of index, bar, whether the step is kept, whether it states the answer, and the beginning of its text. */
export function renderSteps(steps: readonly ShownStep[], options: StepsOptions): string {
  const { kept, stating = [], limit = 30, stream = process.stdout } = options
  const keptSet = new Set(kept)
  const statingSet = new Set(stating)
  const top = steps.reduce((most, step) => Math.max(most, step.score), 0)
  const indexWidth = String(steps.at(-1)?.index ?? 0).length
  const lines = steps.slice(0, limit).map(step => {
    const isKept = keptSet.has(step.index)
    const index = String(step.index).padStart(indexWidth)
    const mark = isKept ? 'kept' : 'removed'
    // no column where nothing is marked
    const states = statingSet.has(step.index) ? ' =' : stating.length > 0 ? '  ' : ''
    const line = `${index}  ${bar(step.score, top)}  ${mark.padEnd(7)}${states}  ${beginning(step.text)}`
    return styleText(isKept ? 'green' : 'dim', line.trimEnd(), { stream })
  })
  if (steps.length > limit) lines.push(`… and ${steps.length - limit} more steps`)
  return lines.join('\n')
}

/** A bar of `barWidth` cells in eighths of a cell, full where the score is the highest. */
function bar(score: number, top: number): string {
  const filled = top > 0 ? Math.round((score / top) * barWidth * 8) : 0
  const whole = '█'.repeat(Math.floor(filled / 8))
  return (whole + (eighths[filled % 8] ?? '')).padEnd(barWidth)
}

/** The first characters on one line; control characters would move the cursor. */
function beginning(text: string): string {
  const line = [...text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()]
  return line.length <= textWidth ? line.join('') : `${line.slice(0, textWidth - 1).join('')}…`
}
