/**
 * TRAAC at test time (arXiv 2510.01581, section 3): rollouts say how hard a problem is, that says how much
 * of the thinking should go, and the answer is written again behind what is left.
 */

import { checkKnown, integer, keysOf, number } from '../../base/check.js'
import { invalidValue } from '../../base/errors.js'
import type { ChosenHeads, PrunedTrace, Session, Trace } from '../../index.js'
import { ownAnswer, prune, sameAnswer, segment } from '../../index.js'
import { checkRule, pruneRule } from '../compress/rule.js'
import type { CompressRule } from '../compress/types.js'
import { rightAnswers } from '../datasets/right-answers.js'
import type { Dataset, Problem } from '../datasets/types.js'
import {
  type AskOptions,
  askFor,
  messagesFor,
  type ResolvedAsk,
  resolveAsk,
} from '../run/ask-options.js'
import { methodsOf } from '../run/methods.js'
import { presets } from '../run/presets.js'
import type { ExperimentSession, MethodChoice } from '../run/types.js'
import {
  agreement,
  type Difficulty,
  difficultyOf,
  mostFrequent,
  targetReductions,
} from './traac.js'

/** What `compress` takes. */
export interface CompressOptions {
  readonly session: Pick<Session, 'rollouts' | 'evaluate'> &
    Pick<ExperimentSession, 'scoreSteps' | 'stepGraph'>
  readonly dataset: Dataset
  /**
   * What scores the steps, as in `runExperiment`. They are then those of `segment`, and the share that TRAAC takes by
   * difficulty goes, however even the scores are.
   * @default TRAAC's own score and rule, which prune nothing where scores are even
   */
  readonly method?: MethodChoice | undefined
  /** What 'step-graph' reads. @default none */
  readonly heads?: ChosenHeads | undefined
  /** With `method`: how much goes, whatever the difficulty. @default by difficulty */
  readonly rule?: CompressRule | undefined
  /** Only the first problems. @default all */
  readonly limit?: number | undefined
  /** A system turn, how a problem is put, and variables of the chat template. */
  readonly ask?: Pick<AskOptions, 'system' | 'prompt' | 'templateArguments'> | undefined
  /** Of each problem. @default 8 */
  readonly rollouts?: number | undefined
  /** @default 1 */
  readonly temperature?: number | undefined
  /** Of a rollout. @default 4096 */
  readonly maxTokens?: number | undefined
  /** Rollout j of problem i samples with seed + 4096·i + j. @default 0 */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** One rollout, and what is left of it. */
export interface CompressedRollout {
  readonly trace: Trace
  /** Null where no answer is known: then the most frequent one stands for it. */
  readonly correct: boolean | null
  /** The thinking, pruned; all of it where it has no steps or nothing was to go. */
  readonly thinking: string
  /** What was written behind it: the trace's own answer where nothing went. */
  readonly answer: string
  readonly answerCorrect: boolean | null
  /** Of the thinking, what is left and what there was. */
  readonly keptTokens: number
  readonly thinkingTokens: number
}

/** A problem, its difficulty, and its rollouts with what is left of them. */
export interface CompressedProblem {
  readonly problem: Problem
  readonly prompt: Trace['prompt']
  /** Known, or what most rollouts say; null where none says anything. */
  readonly expected: string | null
  /** Share of right rollouts, or of those that agree where no answer is known. */
  readonly passRate: number
  readonly difficulty: Difficulty
  readonly rollouts: readonly CompressedRollout[]
}

const keys = keysOf<CompressOptions>({
  session: true,
  dataset: true,
  method: true,
  heads: true,
  rule: true,
  limit: true,
  ask: true,
  rollouts: true,
  temperature: true,
  maxTokens: true,
  seed: true,
  signal: true,
})

/**
 * TRAAC at test time: rollouts of each problem, its difficulty by how many are right, and their thinking pruned by as much. Yields each problem as
 * soon as it is done.
 *
 * @throws TypeError or RangeError that names the option; CotPruneError as `session.rollouts` and `session.scoreSteps`; `signal.reason`
 * @see TRAAC (arXiv 2510.01581), section 3, without its training
 */
export async function* compress(
  options: CompressOptions,
): AsyncGenerator<CompressedProblem, void, undefined> {
  checkKnown('options', options, keys)
  const { dataset, limit = dataset.problems.length, rollouts = 8, temperature = 1 } = options
  const count = { min: 1, max: 4096 }
  const plan = {
    ...options,
    ask: resolveAsk(askFor(dataset, options.ask)),
    pruning: pruningOf(options),
    rollouts: integer('options.rollouts', rollouts, count),
    temperature: number('options.temperature', temperature, { min: 0, max: 100 }),
    seed: integer('options.seed', options.seed ?? 0, { min: 0, max: 2 ** 32 - 1 }),
  }
  for (const [index, problem] of dataset.problems.slice(0, limit).entries()) {
    options.signal?.throwIfAborted()
    yield await compressProblem(problem, index, plan)
  }
}

/** Null where there are no steps. @param reduction the share that goes by difficulty */
type Pruning = (trace: Trace, reduction: number) => Promise<PrunedTrace | null>

/** TRAAC's own, or by a method. @throws TypeError or RangeError that names the option */
function pruningOf({ session, method, heads, rule, seed = 0, signal }: CompressOptions): Pruning {
  if (method === undefined) {
    if (rule !== undefined) throw invalidValue('options.rule', 'left out without a method', rule)
    return async (trace, reduction) => {
      const segmented = segment(trace, { splitter: 'control-words' })
      if (segmented.steps.length === 0) return null
      const scored = await session.scoreSteps(segmented, { observer: 'traac', signal })
      return prune(scored, { uniformity: reduction })
    }
  }
  const given = rule && pruneRule(checkRule('options.rule', rule))
  const [way] = methodsOf([method], {
    session,
    preset: presets.recommended,
    heads,
    signal,
  })
  return async (trace, reduction) => {
    const segmented = segment(trace)
    if (way === undefined || segmented.steps.length === 0) return null
    return prune(await way.score(segmented, seed), given ?? { ratio: reduction })
  }
}

interface Plan extends Pick<CompressOptions, 'session' | 'maxTokens' | 'signal'> {
  readonly ask: ResolvedAsk
  readonly pruning: Pruning
  readonly rollouts: number
  readonly temperature: number
  readonly seed: number
}

async function compressProblem(
  problem: Problem,
  index: number,
  plan: Plan,
): Promise<CompressedProblem> {
  const { session, signal, maxTokens = 4096 } = plan
  const traces = await session.rollouts(messagesFor(problem, plan.ask), {
    templateArguments: plan.ask.templateArguments,
    count: plan.rollouts,
    temperature: plan.temperature,
    topK: 0,
    topP: 1,
    maxTokens,
    seed: (plan.seed + 4096 * index) >>> 0,
    signal,
  })
  const answers = traces.map(trace => ownAnswer(trace).value)
  const known = rightAnswers(problem)
  const expected = known[0] ?? mostFrequent(answers)?.answer ?? null
  const right = known.length === 0 && expected !== null ? [expected] : known
  const isRight = (value: string | null): boolean => right.some(one => sameAnswer(value, one))
  const passRate =
    known.length === 0 ? agreement(answers) : answers.filter(isRight).length / answers.length
  const difficulty = difficultyOf(passRate)
  const compressed: CompressedRollout[] = []
  for (const [i, trace] of traces.entries()) {
    const left = await compressTrace(trace, targetReductions[difficulty], plan)
    compressed.push({
      ...left,
      trace,
      correct: isRight(answers[i] ?? null),
      answerCorrect: isRight(left.value),
    })
  }
  const [first] = traces
  const prompt = first?.prompt ?? { text: '', tokens: [] }
  return { problem, prompt, expected, passRate, difficulty, rollouts: compressed }
}

async function compressTrace(
  trace: Trace,
  reduction: number,
  { session, signal, pruning }: Plan,
): Promise<
  Pick<CompressedRollout, 'thinking' | 'answer' | 'keptTokens' | 'thinkingTokens'> & {
    readonly value: string | null
  }
> {
  const { thinking, answer } = trace
  const thinkingTokens = thinking.tokenEnd - thinking.tokenStart
  const whole = {
    thinking: trace.text.slice(thinking.charStart, thinking.charEnd).trim(),
    answer: trace.text.slice(answer.charStart, answer.charEnd).trim(),
    value: ownAnswer(trace).value,
    keptTokens: thinkingTokens,
    thinkingTokens,
  }
  // a thinking that was cut off has no end to look back from
  const pruned = trace.finish === 'length' ? null : await pruning(trace, reduction)
  if (pruned === null) return whole
  if (pruned.removed.length === 0) return whole
  const again = await session.evaluate(pruned, { mode: 'continue', signal })
  return {
    thinking: pruned.prunedText,
    answer: again.text.trim(),
    value: again.answer.value,
    keptTokens: pruned.prunedTokens.length,
    thinkingTokens,
  }
}
