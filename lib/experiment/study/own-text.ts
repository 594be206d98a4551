/**
 * Pruning in flight on a model that solves nothing: how likely its own words stay, where the cache is pruned while they are
 * read. No answer is needed, and every score reads the same text.
 */

import type { ModelInfo, PruningOptions, Trace } from '../../../types/public.js'
import { checkKnown, integer, keysOf } from '../../base/check.js'
import type { Session } from '../../index.js'
import type { Dataset } from '../datasets/types.js'
import { mean, spread } from '../results/statistics.js'
import { type AskOptions, generationOptions, messagesFor, resolveAsk } from '../run/ask-options.js'

/** A way to prune, under the name that its results have. */
export interface OwnTextVariant {
  readonly name: string
  readonly pruning: PruningOptions
}

/** What `ownText` takes. */
export interface OwnTextOptions {
  readonly session: Pick<Session, 'generate' | 'clear' | 'reread'> & {
    readonly model?: { readonly info?: Pick<ModelInfo, 'sampling'> } | undefined
  }
  readonly dataset: Dataset
  readonly variants: readonly OwnTextVariant[]
  /** How the problems are put to the model. */
  readonly ask?: AskOptions | undefined
  /** Only the first problems. @default all */
  readonly limit?: number | undefined
  /** @default 1024 */
  readonly maxTokens?: number | undefined
  /** Problem i is generated with seed + i. @default 0 */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called behind each trace, with how many are done. */
  readonly onTrace?: ((done: number, total: number) => void) | undefined
}

/** The words of one problem, read with one kind of pruning. */
export interface OwnTextResult {
  readonly id: string
  readonly variant: string
  readonly budget: PruningOptions['budget'] | null
  /** Of a token behind the first eviction of any variant, the mean; natural logarithm. */
  readonly logprob: number
  /** The same without pruning. */
  readonly unpruned: number
  /** Tokens that are judged. */
  readonly tokens: number
  /** Share of the thinking's tokens that was evicted. */
  readonly evicted: number
  /** Most tokens in the cache at once, prompt included. */
  readonly peakCachedTokens: number
}

/** One way to prune, over all problems. */
export interface OwnTextSummary {
  readonly variant: string
  readonly budget: PruningOptions['budget'] | null
  readonly problems: number
  /** Means over problems. */
  readonly logprob: number
  readonly evicted: number
  readonly peakCachedTokens: number
  /** What is lost against no pruning, and gained over 'random' at that budget: paired, with half a 95 % interval. */
  readonly change: Paired
  /** Null where 'random' was not read, and of itself. */
  readonly overRandom: Paired | null
}

/** A mean of paired differences, and half its 95 % interval. */
export interface Paired {
  /** Natural logarithms, as what is compared. */
  readonly value: number
  readonly halfWidth: number
}

const keys = keysOf<OwnTextOptions>({
  session: true,
  dataset: true,
  variants: true,
  ask: true,
  limit: true,
  maxTokens: true,
  seed: true,
  signal: true,
  onTrace: true,
})

/**
 * What pruning in flight does to a model's own words: every problem is answered once, unpruned, and read with every variant; short ones, of
 * which nothing went, are left out.
 *
 * @throws TypeError or RangeError that names the option; CotPruneError as `session.reread`; `signal.reason`
 */
export async function ownText(options: OwnTextOptions): Promise<readonly OwnTextResult[]> {
  checkKnown('options', options, keys)
  const { session, dataset, variants, maxTokens = 1024, seed = 0, signal, onTrace } = options
  const limit = options.limit ?? dataset.problems.length
  const problems = dataset.problems.slice(
    0,
    integer('options.limit', limit, { min: 1, max: 2 ** 31 - 1 }),
  )
  const ask = resolveAsk(options.ask, {}, session.model?.info?.sampling)
  const results: OwnTextResult[] = []
  for (const [index, problem] of problems.entries()) {
    signal?.throwIfAborted()
    await session.clear()
    const how = { ...generationOptions(ask), maxTokens, seed: (seed + index) >>> 0, signal }
    const trace = await session.generate(messagesFor(problem, ask), how).finish()
    results.push(...(await readWith(session, problem.id, trace, variants, signal)))
    onTrace?.(index + 1, problems.length)
  }
  return results
}

async function readWith(
  session: OwnTextOptions['session'],
  id: string,
  trace: Trace,
  variants: readonly OwnTextVariant[],
  signal: AbortSignal | undefined,
): Promise<OwnTextResult[]> {
  const read = []
  for (const { name, pruning } of variants) {
    await session.clear()
    read.push({ name, pruning, ...(await session.reread(trace, { pruning, signal })) })
  }
  // the same tokens for all: what comes before has lost nothing
  const firsts = read.flatMap(({ inFlight }) => inFlight.evictions[0]?.at ?? [])
  const from = Math.min(...firsts)
  const unpruned = mean(trace.logprobs.slice(from))
  if (firsts.length === 0 || unpruned === null) return []
  const size = Math.max(1, trace.thinking.tokenEnd - trace.thinking.tokenStart)
  return read.map(({ name, pruning, logprobs, inFlight }) => {
    const gone = inFlight.evictions.flatMap(({ ranges }) => ranges)
    return {
      id,
      variant: name,
      budget: pruning.budget ?? null,
      logprob: mean(logprobs.slice(from)) ?? Number.NaN,
      unpruned,
      tokens: trace.tokens.length - from,
      evicted: gone.reduce((sum, { start, end }) => sum + end - start, 0) / size,
      peakCachedTokens: inFlight.peakCachedTokens,
    }
  })
}

/** A row for each variant and budget, in the order of the results. Pure. */
export function summarizeOwnText(results: readonly OwnTextResult[]): readonly OwnTextSummary[] {
  const groups = new Map<string, OwnTextResult[]>()
  for (const result of results) {
    const key = keyOf(result)
    groups.set(key, [...(groups.get(key) ?? []), result])
  }
  return [...groups.values()].flatMap(rows => {
    const [first] = rows
    if (first === undefined) return []
    const { variant, budget } = first
    const random = groups.get(keyOf({ variant: 'random', budget }))
    const average = (of: (row: OwnTextResult) => number) => mean(rows.map(of)) ?? Number.NaN
    return [
      {
        variant,
        budget,
        problems: rows.length,
        logprob: average(row => row.logprob),
        evicted: average(row => row.evicted),
        peakCachedTokens: average(row => row.peakCachedTokens),
        change: paired(rows.map(row => row.logprob - row.unpruned)),
        overRandom:
          random === undefined || variant === 'random'
            ? null
            : paired(rows.map((row, i) => row.logprob - (random[i]?.logprob ?? Number.NaN))),
      },
    ]
  })
}

const keyOf = ({ variant, budget }: Pick<OwnTextResult, 'variant' | 'budget'>): string =>
  JSON.stringify([variant, budget])

const paired = (differences: readonly number[]): Paired => ({
  value: mean(differences) ?? Number.NaN,
  halfWidth: spread(differences),
})
