/** Generation with pruning in flight against generation without, problem by problem. */

import type {
  AnswerDecision,
  EarlyExitOptions,
  EvaluateOptions,
  Evaluation,
  GenerateOptions,
  GenerationChunk,
  HeadRef,
  LiveStepGraphOptions,
  ModelInfo,
  PromptInput,
  PrunedTrace,
  PruningOptions,
  SegmentedTrace,
  StepGraph,
  StepGraphOptions,
  Trace,
} from '../../../types/public.js'
import { array, boolean, checkKnown, integer, keysOf } from '../../base/check.js'
import { invalidValue } from '../../base/errors.js'
import { decideAnswer, ownAnswer, type Session } from '../../index.js'
import { rightAnswers } from '../datasets/right-answers.js'
import type { Dataset } from '../datasets/types.js'
import { mean } from '../results/statistics.js'
import {
  type AskOptions,
  askFor,
  generationOptions,
  messagesFor,
  resolveAsk,
} from '../run/ask-options.js'
import { allHeads } from './calibration.js'
import { asWritten, evictedOffline } from './evicted-offline.js'
import { deletionEffects, deletionOracle, oracle, sharedTokens, tokenSteps } from './oracle.js'

/** As `pruning.budget`. */
export type InFlightBudget = NonNullable<PruningOptions['budget']>

/** One way to generate, under the name that its results have. */
export interface InFlightVariant {
  readonly name: string
  readonly pruning?: PruningOptions | undefined
  /** What scores the steps in place of `pruning.observer`. */
  readonly stepGraph?: LiveStepGraphOptions | undefined
  readonly earlyExit?: EarlyExitOptions | undefined
  /** In place of `pruning.observer`: the ceiling, which knows the rest of the first variant's run. */
  readonly oracle?: OracleChoice | undefined
}

/**
 * 'looks': what the later steps of that run look at most, by some heads. 'deletion': what the rest of it would be less
 * likely without; which tokens go of a step that goes in part, the later looks of the same heads say.
 */
export interface OracleChoice {
  readonly by: 'looks' | 'deletion'
  readonly heads: readonly HeadRef[] | 'all'
}

/** What 'oracle' asks of a model. */
export type OracleInfo = 'heads' | 'attentionLayers'

/** What `runInFlight` takes. */
export interface InFlightExperiment {
  readonly session: {
    /** As `Session.generate`. */
    generate(
      input: PromptInput,
      options?: GenerateOptions,
    ): AsyncIterable<GenerationChunk> & {
      /** As `Generation.finish`. */
      finish(): Promise<Trace>
    }
    /** As `Session.clear`. */
    clear(): Promise<void>
    /** As `Session.evaluate`. */
    evaluate(trace: PrunedTrace, options?: EvaluateOptions): Promise<Evaluation>
    /** As `Session.stepGraph`. */
    stepGraph(trace: SegmentedTrace, options: StepGraphOptions): Promise<StepGraph>
    /** As `Session.logprobs`. */
    logprobs: Session['logprobs']
    readonly model?: { readonly info?: Pick<ModelInfo, OracleInfo | 'sampling'> } | undefined
  }
  readonly dataset: Dataset
  /** The first one is what the others are compared with. */
  readonly variants: readonly InFlightVariant[]
  /** How the problems are put to the model. */
  readonly ask?: AskOptions | undefined
  /** Only the first problems. @default all */
  readonly limit?: number | undefined
  /** @default 4096 */
  readonly maxTokens?: number | undefined
  /** Problem i is generated with seed + i. @default 0 */
  readonly seed?: number | undefined
  /** Answer again from each finished trace without what was evicted from it. @default true */
  readonly offline?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called behind each result, with how many are done. */
  readonly onResult?: ((result: InFlightResult, done: number, total: number) => void) | undefined
}

/** One problem, generated in one way. */
export interface InFlightResult {
  readonly id: string
  readonly variant: string
  /** Null where nothing is evicted. */
  readonly budget: InFlightBudget | null
  readonly predicted: string | null
  /** Null where no answer is known to be right. */
  readonly correct: boolean | null
  /** Whether it is the expected one, and why; null where none is known. */
  readonly decision?: AnswerDecision | null | undefined
  /** Generated. */
  readonly tokens: number
  /** Share of the thinking's tokens that was evicted. */
  readonly evicted: number
  /** Most tokens in the cache at once, prompt included. */
  readonly peakCachedTokens: number
  readonly looks: number
  /** Decoded for looks and refills. */
  readonly extraTokens: number
  readonly exited: boolean
  readonly finish: Trace['finish']
  /** As `trace.looping`. */
  readonly looping: boolean
  /** Tokens were put in to end the thinking. */
  readonly forcedClose: boolean
  /** Share of the first variant's text that was written before the texts go apart. */
  readonly sameText: number
  /** Of the steps that an oracle looked at, the share that the first variant wrote, too; else null. */
  readonly knew: number | null
  /** Null where nothing was pruned. */
  readonly offline: Pick<InFlightResult, 'predicted' | 'correct'> | null
  /** Of the generation, looks included. */
  readonly millis: number
}

const keys = keysOf<InFlightExperiment>({
  session: true,
  dataset: true,
  variants: true,
  ask: true,
  limit: true,
  maxTokens: true,
  seed: true,
  offline: true,
  signal: true,
  onResult: true,
})

/**
 * Runs every problem in every way, in turns, so that all see the same machine.
 *
 * @returns results by problem, then by variant
 * @throws TypeError or RangeError that names the option; CotPruneError as `session.generate` with `pruning`; `signal.reason`
 */
export async function runInFlight(options: InFlightExperiment): Promise<readonly InFlightResult[]> {
  checkKnown('options', options, keys)
  const { session, dataset, signal, onResult, maxTokens = 4096, seed = 0, offline = true } = options
  const variants = array('options.variants', options.variants, 'an array of variants')
  boolean('options.offline', offline)
  const count = { min: 1, max: 2 ** 31 - 1 }
  const limit = options.limit ?? dataset.problems.length
  integer('options.limit', limit, count)
  const problems = dataset.problems.slice(0, limit)
  const total = problems.length * variants.length
  const results: InFlightResult[] = []
  const ask = resolveAsk(askFor(dataset, options.ask), {}, session.model?.info?.sampling)
  for (const [index, problem] of problems.entries()) {
    const { id } = problem
    const expected = rightAnswers(problem)
    let first: Trace | null = null
    for (const { name, ...variant } of options.variants) {
      signal?.throwIfAborted()
      const asked = { ...generationOptions(ask), maxTokens, seed: (seed + index) >>> 0 }
      const knew: number[] = []
      const known = await foreseen(options, variant, first, knew)
      await session.clear()
      const how = { ...asked, ...known, signal }
      const trace: Trace = await session.generate(messagesFor(problem, ask), how).finish()
      first ??= trace
      const again = offline ? await answeredOffline(session, trace, variant, signal) : undefined
      const result = {
        id,
        variant: name,
        budget: budgetOf(variant),
        ...resultOf(expected, trace, first),
        knew: mean(knew),
        offline: again === undefined ? null : judged(again, expected),
      }
      results.push(result)
      onResult?.(result, results.length, total)
    }
  }
  return results
}

/** The options of a variant; those of an oracle from the run that it foresees. */
async function foreseen(
  { session, signal }: InFlightExperiment,
  { oracle: choice, ...variant }: Omit<InFlightVariant, 'name'>,
  first: Trace | null,
  knew: number[],
): Promise<Omit<InFlightVariant, 'name' | 'oracle'>> {
  if (choice === undefined) return variant
  const info = session.model?.info
  const known = choice.heads !== 'all' ? choice.heads : info && allHeads(info)
  if (first === null || known === undefined) {
    const expected = 'left out of the first variant, and a list of heads without session.model'
    throw invalidValue('options.variants.oracle', expected, choice)
  }
  const trace = asWritten(first, variant.pruning?.segmenting)
  // tokens by tokens for every head would be a matrix like those that are never stored
  const tokenGraph =
    choice.heads === 'all'
      ? undefined
      : await session.stepGraph(tokenSteps(trace), { heads: known, signal })
  const run = { trace, tokenGraph, onLook: (share: number) => knew.push(share) }
  const score =
    choice.by === 'deletion'
      ? deletionOracle(run, await deletionEffects(session, trace, signal))
      : oracle(run, await session.stepGraph(trace, { heads: known, signal }))
  return { ...variant, pruning: { ...variant.pruning, score } }
}

const defaultBudget = { ratio: 0.2 }
const budgetOf = ({ pruning }: Pick<InFlightVariant, 'pruning'>): InFlightBudget | null =>
  pruning === undefined ? null : (pruning.budget ?? defaultBudget)

/** The answer behind the same trace, read again without what was evicted; undefined where nothing is pruned. */
async function answeredOffline(
  session: InFlightExperiment['session'],
  trace: Trace,
  { pruning, stepGraph }: Omit<InFlightVariant, 'name'>,
  signal: AbortSignal | undefined,
): Promise<string | null | undefined> {
  if (pruning === undefined) return undefined
  await session.clear()
  const pruned = evictedOffline(trace, stepGraph?.segmenting ?? pruning.segmenting)
  const { answer } = await session.evaluate(pruned, { mode: 'continue', signal })
  return answer.value
}

function judged(
  predicted: string | null,
  expected: readonly string[],
): Pick<InFlightResult, 'predicted' | 'correct' | 'decision'> {
  if (expected.length === 0) return { predicted, correct: null, decision: null }
  const decision = decideAnswer(predicted, expected)
  return { predicted, correct: decision.verdict === 'equal', decision }
}

function resultOf(
  expected: readonly string[],
  trace: Trace,
  first: Trace,
): Omit<InFlightResult, 'id' | 'variant' | 'budget' | 'offline' | 'knew'> {
  const { inFlight, thinking, prompt, tokens, finish, millis } = trace
  const gone = (inFlight?.evictions ?? []).flatMap(({ ranges }) => ranges)
  const evicted = gone.reduce((sum, { start, end }) => sum + end - start, 0)
  return {
    ...judged(ownAnswer(trace).value, expected),
    tokens: tokens.length,
    evicted: evicted / Math.max(1, thinking.tokenEnd - thinking.tokenStart),
    peakCachedTokens: inFlight?.peakCachedTokens ?? prompt.tokens.length + tokens.length,
    looks: inFlight?.looks ?? 0,
    extraTokens: inFlight?.decodedTokens ?? 0,
    exited: (inFlight?.exit ?? null) !== null,
    finish,
    looping: trace.looping === true,
    forcedClose: trace.forcedClose !== undefined,
    sameText: sharedTokens(tokens, first.tokens) / Math.max(1, first.tokens.length),
    millis: millis.generation,
  }
}
