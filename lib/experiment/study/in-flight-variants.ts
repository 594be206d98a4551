/** Generation with pruning in flight against generation without, problem by problem. */

import type {
  EarlyExitOptions,
  GenerateOptions,
  GenerationChunk,
  LiveStepGraphOptions,
  ModelSampling,
  PromptInput,
  PruningOptions,
  Trace,
} from '../../../types/public.js'
import { array, checkKnown, integer, keysOf } from '../../base/check.js'
import { ownAnswer, sameAnswer } from '../../index.js'
import type { Dataset } from '../datasets/types.js'
import { pairedDifference } from '../results/compare.js'
import { mean, wilson } from '../results/statistics.js'
import type { Difference } from '../results/types.js'
import { type AskOptions, generationOptions, messagesFor, resolveAsk } from '../run/asking.js'

/** One way to generate, under the name that its results have. */
export interface InFlightVariant {
  readonly name: string
  readonly pruning?: PruningOptions | undefined
  /** What scores the steps in place of `pruning.observer`. */
  readonly stepGraph?: LiveStepGraphOptions | undefined
  readonly earlyExit?: EarlyExitOptions | undefined
}

export interface InFlightExperiment {
  readonly session: {
    generate(
      input: PromptInput,
      options?: GenerateOptions,
    ): AsyncIterable<GenerationChunk> & { finish(): Promise<Trace> }
    clear(): Promise<void>
    readonly model?: { readonly info?: { readonly sampling: ModelSampling } } | undefined
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
  readonly signal?: AbortSignal | undefined
  readonly onResult?: ((result: InFlightResult, done: number, total: number) => void) | undefined
}

/** One problem, generated in one way. */
export interface InFlightResult {
  readonly id: string
  readonly variant: string
  readonly predicted: string | null
  /** Null where no answer is known to be right. */
  readonly correct: boolean | null
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
  /** Of the generation, looks included. */
  readonly millis: number
}

/** A row of the table. */
export interface InFlightSummary {
  readonly variant: string
  readonly correct: number
  readonly total: number
  readonly accuracy: number | null
  /** Wilson, 95 %. */
  readonly interval: readonly [number, number] | null
  /** Against the first variant; null there. */
  readonly change: Difference | null
  readonly problems: number
  /** Means over problems. */
  readonly tokens: number | null
  readonly evicted: number | null
  readonly peakCachedTokens: number | null
  readonly extraTokens: number | null
  readonly exited: number | null
  /** How many ended in a loop, of `problems`. */
  readonly looping: number
  readonly tokensPerSecond: number
}

const keys = keysOf<InFlightExperiment>({
  session: true,
  dataset: true,
  variants: true,
  ask: true,
  limit: true,
  maxTokens: true,
  seed: true,
  signal: true,
  onResult: true,
})

/** Runs every problem in every way, in turns, so that both see the same machine. */
export async function runInFlight(options: InFlightExperiment): Promise<readonly InFlightResult[]> {
  checkKnown('options', options, keys)
  const { session, dataset, signal, onResult, maxTokens = 4096, seed = 0 } = options
  const variants = array('options.variants', options.variants, 'an array of variants')
  const count = { min: 1, max: 2 ** 31 - 1 }
  const limit = options.limit ?? dataset.problems.length
  integer('options.limit', limit, count)
  const problems = dataset.problems.slice(0, limit)
  const total = problems.length * variants.length
  const results: InFlightResult[] = []
  const ask = resolveAsk(options.ask, {}, session.model?.info?.sampling)
  for (const [index, problem] of problems.entries()) {
    const { id, answer, verifiedAnswer } = problem
    for (const { name, ...variant } of options.variants) {
      signal?.throwIfAborted()
      await session.clear()
      const asked = { ...generationOptions(ask), maxTokens, seed: (seed + index) >>> 0 }
      const how = { ...asked, ...variant, signal }
      const trace = await session.generate(messagesFor(problem, ask), how).finish()
      const expected = verifiedAnswer === undefined ? answer : verifiedAnswer
      const result = resultOf(id, name, expected, trace)
      results.push(result)
      onResult?.(result, results.length, total)
    }
  }
  return results
}

function resultOf(
  id: string,
  variant: string,
  expected: string | null,
  trace: Trace,
): InFlightResult {
  const { inFlight, thinking, prompt, tokens, finish, millis } = trace
  const predicted = ownAnswer(trace).value
  const gone = (inFlight?.evictions ?? []).flatMap(({ ranges }) => ranges)
  const evicted = gone.reduce((sum, { start, end }) => sum + end - start, 0)
  return {
    id,
    variant,
    predicted,
    correct: expected === null ? null : predicted !== null && sameAnswer(predicted, expected),
    tokens: tokens.length,
    evicted: evicted / Math.max(1, thinking.tokenEnd - thinking.tokenStart),
    peakCachedTokens: inFlight?.peakCachedTokens ?? prompt.tokens.length + tokens.length,
    looks: inFlight?.looks ?? 0,
    extraTokens: inFlight?.decodedTokens ?? 0,
    exited: (inFlight?.exit ?? null) !== null,
    finish,
    looping: trace.looping === true,
    millis: millis.generation,
  }
}

/** One row for each variant, in the order of the results. Pure. */
export function summarizeInFlight(results: readonly InFlightResult[]): readonly InFlightSummary[] {
  const names = [...new Set(results.map(({ variant }) => variant))]
  const of = (name: string) => results.filter(({ variant }) => variant === name)
  return names.map((variant, place) => {
    const rows = of(variant)
    const judged = rows.filter(row => row.correct !== null)
    const correct = judged.filter(row => row.correct).length
    const millis = rows.reduce((sum, row) => sum + row.millis, 0)
    const tokens = rows.reduce((sum, row) => sum + row.tokens, 0)
    return {
      variant,
      correct,
      total: judged.length,
      accuracy: judged.length === 0 ? null : correct / judged.length,
      interval: wilson(correct, judged.length),
      change: place === 0 ? null : pairedDifference(rows, of(names[0] ?? '')),
      problems: rows.length,
      tokens: mean(rows.map(row => row.tokens)),
      evicted: mean(rows.map(row => row.evicted)),
      peakCachedTokens: mean(rows.map(row => row.peakCachedTokens)),
      extraTokens: mean(rows.map(row => row.extraTokens)),
      exited: mean(rows.map(row => Number(row.exited))),
      looping: rows.filter(row => row.looping).length,
      tokensPerSecond: (1000 * tokens) / millis,
    }
  })
}
