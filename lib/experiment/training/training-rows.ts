/** Compressed rollouts → lines that TRL's trainers read as they are. Pure. */

import type { CompressedProblem, CompressedRollout } from './compress.js'
import type { Difficulty } from './traac.js'

/** The sorts of rows that `trainingRows` makes, by name. */
export const trainingFormats = ['sft', 'dpo', 'grpo'] as const
/** A sort of rows, by name; `trainingRows` says what each has. */
export type TrainingFormat = (typeof trainingFormats)[number]

/** Prompt-completion, for SFTTrainer. */
export interface SftRow {
  readonly prompt: string
  readonly completion: string
}

/** Preferences with an explicit prompt, for DPOTrainer. */
export interface DpoRow {
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
}

/** Prompts with what a reward function needs, for GRPOTrainer. */
export interface GrpoRow {
  readonly prompt: string
  readonly solution: string
  readonly difficulty: Difficulty
}

/** A line that a trainer of TRL reads. */
export type TrainingRow = SftRow | DpoRow | GrpoRow

/**
 * `sft`: every rollout whose answer stays right when its thinking is compressed. `dpo`: such a one over
 * what it was before, where it got shorter, and over a wrong one, where there is one. `grpo`: the problem.
 * Problems without any are left out. Texts are those of the model's template, tags included.
 */
export function trainingRows(
  { prompt, expected, difficulty, rollouts }: CompressedProblem,
  format: TrainingFormat,
): readonly TrainingRow[] {
  if (format === 'grpo') {
    return expected === null ? [] : [{ prompt: prompt.text, solution: expected, difficulty }]
  }
  // a thinking that was cut off is no example to learn from
  const closed = ({ trace }: CompressedRollout) => trace.answer.tokenStart > trace.thinking.tokenEnd
  const good = rollouts.filter(
    rollout => rollout.correct && rollout.answerCorrect && closed(rollout),
  )
  if (format === 'sft') {
    return good.map(rollout => ({ prompt: prompt.text, completion: compressedText(rollout) }))
  }
  const wrong = rollouts.find(({ correct }) => correct === false)
  return good.flatMap(rollout => {
    const chosen = compressedText(rollout)
    const shorter = rollout.keptTokens < rollout.thinkingTokens
    const before = shorter ? [{ prompt: prompt.text, chosen, rejected: rollout.trace.text }] : []
    const over = wrong ? [{ prompt: prompt.text, chosen, rejected: wrong.trace.text }] : []
    return [...before, ...over]
  })
}

/** As the model would have written it: the tag that the prompt opened is not repeated. */
function compressedText({ trace, thinking, answer }: CompressedRollout): string {
  const opening = trace.text.slice(0, trace.thinking.charStart)
  const closing = trace.text.slice(trace.thinking.charEnd, trace.answer.charStart)
  return `${opening}${opening === '' ? '' : '\n'}${thinking}\n${closing.trim()}\n\n${answer}`
}
