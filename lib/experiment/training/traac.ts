/**
 * TRAAC (arXiv 2510.01581) beside its attention: how hard a problem is, how much of its thinking
 * should go, and the reward of its training, as the released code computes them. Pure.
 */

import type { ThinkingFormat } from '../../../types/public.js'
import {
  array,
  boolean,
  checkKnown,
  integer,
  isObject,
  keysOf,
  nonEmptyString,
  number,
  oneOf,
  string,
} from '../../base/check.js'
import { invalidType, invalidValue } from '../../base/errors.js'
import { answerGroups, percentile } from '../../index.js'

/** How hard a problem is, by how many rollouts solve it (TRAAC). */
export type Difficulty = 'easy' | 'medium' | 'hard'

const difficulties = ['easy', 'medium', 'hard'] as const satisfies readonly Difficulty[]

/**
 * ρ: the share of steps that the rule 'uniformity' may take, from 0 to 1.
 *
 * @see TRAAC (arXiv 2510.01581), section 3, and the released code: 0.6, 0.4 and 0.2
 */
export const targetReductions: Readonly<Record<Difficulty, number>> = {
  easy: 0.6,
  medium: 0.4,
  hard: 0.2,
}

/** How much a short answer is worth. */
const lengthScales: Readonly<Record<Difficulty, number>> = { easy: 1, medium: 0.75, hard: 0.5 }

/**
 * By the share of rollouts that are right: easy from 0.8, medium from 0.3.
 *
 * @param passRate from 0 to 1
 * @throws TypeError or RangeError of any other
 * @see TRAAC (arXiv 2510.01581), section 3
 */
export function difficultyOf(passRate: number): Difficulty {
  const rate = number('passRate', passRate, { min: 0, max: 1 })
  return rate >= 0.8 ? 'easy' : rate >= 0.3 ? 'medium' : 'hard'
}

/**
 * Where no answer is known: the share of rollouts that agree on the most frequent answer stands for
 * the pass rate. Rollouts without an answer (null) agree with nobody.
 *
 * @returns from 0 to 1
 * @throws TypeError where there are no rollouts
 */
export function agreement(answers: readonly (string | null)[]): number {
  if (array('answers', answers, 'a non-empty array').length === 0) {
    throw invalidValue('answers', 'a non-empty array', answers)
  }
  const most = mostFrequent(answers)
  return most === null ? 0 : most.count / answers.length
}

/** The answer that most say, in whatever spelling; the first of those that are equally frequent. */
export function mostFrequent(
  answers: readonly (string | null)[],
): { readonly answer: string; readonly count: number } | null {
  const groups = answerGroups(answers)
  const most = Math.max(0, ...groups.map(({ count }) => count))
  return groups.find(({ count }) => count === most) ?? null
}

/** A completion, as `reward` judges it. */
export interface RewardInput {
  /** The completion with its tags; those that the prompt ends with belong to it. */
  readonly text: string
  readonly correct: boolean
  /** Tokens of the completion. */
  readonly length: number
  /** Tokens of right completions of the same difficulty, recent batches; the code takes ten. */
  readonly lengths: readonly number[]
  readonly difficulty: Difficulty
  /** The tags: `model.info.thinking` fits. @default `<think>` and `</think>`, as the released code has them */
  readonly thinking?: Pick<ThinkingFormat, 'open' | 'close'> | undefined
}

/** TRAAC's reward, and the three that it is the sum of. */
export interface Reward {
  readonly total: number
  /** 4 or 0. */
  readonly correct: number
  /** 0 to 0.5: a quarter for exactly one of each tag, another for their order. */
  readonly format: number
  /** 0 to the difficulty's scale (1, 0.75, 0.5); 0 for a wrong answer. */
  readonly length: number
}

const rewardKeys = keysOf<RewardInput>({
  text: true,
  correct: true,
  length: true,
  lengths: true,
  difficulty: true,
  thinking: true,
})

/**
 * R = 4·correct + format + length, where length is the larger one of a line from the shortest to
 * the longest right completion and of a logistic curve around their median, a tenth of it wide: at the median half the scale.
 *
 * @returns `total` from 0 to 5.5; lengths are tokens
 * @throws TypeError or RangeError that names the input
 * @see TRAAC (arXiv 2510.01581), its released `sumLinear` reward
 */
export function reward(input: RewardInput): Reward {
  checkKnown('input', input, rewardKeys)
  const size = { min: 1, max: 2 ** 31 - 1 }
  const right = boolean('input.correct', input.correct)
  const length = integer('input.length', input.length, size)
  const lengths = array('input.lengths', input.lengths, 'an array of token counts').map((it, i) =>
    integer(`input.lengths[${i}]`, it, size),
  )
  const scale = lengthScales[oneOf('input.difficulty', input.difficulty, difficulties)]
  const format = formatReward(string('input.text', input.text), tagsOf(input.thinking))
  if (right && lengths.length === 0) {
    throw invalidValue('input.lengths', 'the lengths of right completions, this one too', lengths)
  }
  const correct = right ? 4 : 0
  const short = right ? scale * shortness(length, lengths) : 0
  return { total: correct + format + short, correct, format, length: short }
}

type Tags = Pick<ThinkingFormat, 'open' | 'close'>

function tagsOf(thinking: Tags = { open: '<think>', close: '</think>' }): Tags {
  if (!isObject(thinking))
    throw invalidType('input.thinking', 'an object with open and close', thinking)
  return {
    open: nonEmptyString('input.thinking.open', thinking.open),
    close: nonEmptyString('input.thinking.close', thinking.close),
  }
}

function formatReward(text: string, { open, close }: Tags): number {
  const [opened, closed] = [text.split(open).length - 1, text.split(close).length - 1]
  const [start, end] = [text.indexOf(open), text.indexOf(close)]
  const once = opened === 1 && closed === 1
  return (once ? 0.25 : 0) + (start >= 0 && start < end ? 0.25 : 0)
}

/** 1 for the shortest; where all are of one length the line is a step. */
function shortness(length: number, lengths: readonly number[]): number {
  const [low, high] = [Math.min(...lengths), Math.max(...lengths)]
  const line = low === high ? Number(length <= low) : (high - length) / (high - low)
  const middle = percentile(lengths, 50)
  const curve = 1 / (1 + Math.exp((length - middle) / (0.1 * middle)))
  return Math.max(Math.min(1, Math.max(0, line)), curve)
}
