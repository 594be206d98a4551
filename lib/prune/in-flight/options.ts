/** Options of what goes along with a generation: the step graph, pruning, an early exit. */

import type {
  AggregateName,
  EarlyExitOptions,
  GenerateOptions,
  LayerChoice,
  LiveScore,
  Observer,
  PruningOptions,
  Scorer,
  SegmentOptions,
} from '../../../types/public.js'
import {
  array,
  boolean,
  checkKnown,
  integer,
  isObject,
  keysOf,
  number,
  oneOf,
} from '../../base/check.js'
import { invalidType, invalidValue } from '../../base/errors.js'
import type { ResolvedGenerateOptions } from '../../generate/options.js'
import { resolveObserver } from '../../score/observers/index.js'
import { resolveScorer } from '../../score/scorers/index.js'
import {
  type ResolvedGraphScore,
  type ResolvedLiveGraph,
  resolveLiveGraph,
} from '../../score/step-graph/options.js'
import { resolveSegmentOptions } from '../../segment/options.js'
import { resolveLiveScore } from './scores/index.js'

/** What `resolveGenerateOptions` leaves to this room, and what of its own is needed for it. */
export interface ResolvedInFlight {
  readonly stepGraph: ResolvedLiveGraph | null
  readonly pruning: ResolvedPruning | null
  readonly earlyExit: ResolvedEarlyExit | null
  readonly seed: number
  readonly signal: AbortSignal | null
}

/**
 * null where nothing was asked for.
 *
 * @param generation the other options, as `resolveGenerateOptions` made them
 * @throws TypeError or RangeError that names the option
 */
export function resolveInFlight(
  options: GenerateOptions | undefined,
  generation: Pick<ResolvedGenerateOptions, 'sampling' | 'signal'>,
): ResolvedInFlight | null {
  if (options === undefined) return null
  checkTogether(options)
  const stepGraph = resolveLiveGraph(options.stepGraph)
  const pruning = resolvePruning(options.pruning, stepGraph)
  const earlyExit = resolveEarlyExit(options.earlyExit)
  if (stepGraph === null && pruning === null && earlyExit === null) return null
  const { sampling, signal } = generation
  return { stepGraph, pruning, earlyExit, seed: sampling.seed, signal }
}

/** One capture at a time, and one score for the steps. */
function checkTogether({ stepGraph, pruning, attention }: GenerateOptions): void {
  if (stepGraph === undefined) return
  const { observer, scorer } = pruning ?? {}
  const others = { attention, 'pruning.observer': observer, 'pruning.scorer': scorer }
  const other = Object.entries(others).find(([, value]) => value !== undefined)
  if (other === undefined) return
  throw invalidValue('options.stepGraph', `left out where options.${other[0]} is given`, stepGraph)
}

const maxInt32 = 2 ** 31 - 1
/** Of the observer 'window', as in `scoreSteps`. */
const observingTokens = 8

export interface ResolvedLiveScore extends Pick<LiveScore, 'name' | 'begin'> {
  readonly values: boolean
  readonly observers: readonly Observer[]
}

export interface ResolvedPruning {
  readonly every: number
  readonly by:
    | { readonly observer: Observer }
    | { readonly scorer: Scorer }
    | { readonly graph: ResolvedGraphScore }
    | { readonly live: ResolvedLiveScore }
  readonly aggregate: AggregateName
  readonly layers: LayerChoice
  readonly segmenting: SegmentOptions | undefined
  readonly budget: { readonly ratio: number } | { readonly tokens: number }
  readonly window: number
  /** Tokens of each step that stay. */
  readonly remnant: number
  readonly positions: 'keep' | 'refill'
  readonly compactAt: number
  /** null: never. */
  readonly undoBelow: number | null
}

const pruningKeys = keysOf<PruningOptions>({
  every: true,
  observer: true,
  scorer: true,
  score: true,
  decay: true,
  remnant: true,
  aggregate: true,
  layers: true,
  segmenting: true,
  budget: true,
  window: true,
  positions: true,
  compactAt: true,
  undoBelow: true,
})

const share = { min: 0, max: 1 }
const some = { min: 1, max: maxInt32 }

/** null where there is none. @throws TypeError or RangeError that names the option */
export function resolvePruning(
  value: PruningOptions | undefined,
  graph: ResolvedLiveGraph | null,
): ResolvedPruning | null {
  if (value === undefined) return null
  const name = 'options.pruning'
  if (!isObject(value)) throw invalidType(name, 'an object', value)
  checkKnown(name, value, pruningKeys)
  if (graph !== null) checkGraphAlone(value)
  const { every = 200, aggregate = 'mean', layers = 'all', window = 64 } = value
  const { positions = 'keep', compactAt = 0.25, undoBelow, remnant = 0 } = value
  resolveSegmentOptions(value.segmenting)
  // what comes back would have the positions that the others left
  if (positions === 'refill' && undoBelow !== undefined) {
    throw invalidValue(`${name}.undoBelow`, "left out with positions: 'refill'", undoBelow)
  }
  const windowTokens = integer(`${name}.window`, window, { min: 0, max: maxInt32 })
  return {
    every: integer(`${name}.every`, every, some),
    by: scoringOf(value, graph),
    aggregate: oneOf(`${name}.aggregate`, aggregate, ['sum', 'mean']),
    layers,
    segmenting: graph === null ? value.segmenting : graph.segmenting,
    budget: budgetOf(`${name}.budget`, value.budget ?? { ratio: 0.2 }, windowTokens),
    window: windowTokens,
    remnant: integer(`${name}.remnant`, remnant, { min: 0, max: maxInt32 }),
    positions: oneOf(`${name}.positions`, positions, ['keep', 'refill']),
    compactAt: number(`${name}.compactAt`, compactAt, share),
    undoBelow: undoBelow === undefined ? null : number(`${name}.undoBelow`, undoBelow, share),
  }
}

/** The graph has its own steps and scores; its rows are those of tokens where they were generated. */
function checkGraphAlone(value: PruningOptions): void {
  const own = ['aggregate', 'layers', 'segmenting'] as const
  const given = own.find(key => value[key] !== undefined)
  const where = 'where there is options.stepGraph'
  if (given !== undefined) {
    throw invalidValue(`options.pruning.${given}`, `left out ${where}`, value[given])
  }
  if (value.positions === 'refill') {
    throw invalidValue('options.pruning.positions', `'keep' ${where}`, value.positions)
  }
}

function scoringOf(
  { observer, scorer, score, decay = 0.7 }: PruningOptions,
  graph: ResolvedLiveGraph | null,
): ResolvedPruning['by'] {
  const keep = number('options.pruning.decay', decay, share)
  if (score !== undefined) {
    const other = Object.entries({ observer, scorer }).find(([, value]) => value !== undefined)
    if (other === undefined) return { live: liveScoreOf(score, keep, graph !== null) }
    const [name, value] = other
    throw invalidValue(`options.pruning.${name}`, 'left out where there is a score', value)
  }
  if (graph !== null) return { graph: graph.score }
  if (scorer === undefined)
    return { observer: resolveObserver(observer ?? 'think-clearly', observingTokens) }
  if (observer === undefined) return { scorer: resolveScorer(scorer) }
  throw invalidValue('options.pruning.scorer', 'left out where there is an observer', scorer)
}

function liveScoreOf(choice: unknown, keep: number, inGraph: boolean): ResolvedLiveScore {
  const score = resolveLiveScore(choice, keep, inGraph)
  const observers = array('options.pruning.score.observers', score.observers ?? [], 'an array')
  return {
    name: score.name,
    begin: how => score.begin(how),
    values: boolean('options.pruning.score.values', score.values ?? false),
    observers: observers.map(observer => resolveObserver(observer, observingTokens)),
  }
}

function budgetOf(name: string, value: unknown, window: number): ResolvedPruning['budget'] {
  const expected = 'an object with either ratio or tokens'
  if (!isObject(value)) throw invalidType(name, expected, value)
  checkKnown(name, value, ['ratio', 'tokens'])
  const { ratio, tokens }: { readonly ratio?: unknown; readonly tokens?: unknown } = value
  if ((ratio === undefined) === (tokens === undefined)) throw invalidValue(name, expected, value)
  if (ratio !== undefined) return { ratio: number(`${name}.ratio`, ratio, share) }
  // below it nothing could ever go: all that is cached would be protected
  return { tokens: integer(`${name}.tokens`, tokens, { min: window + 1, max: maxInt32 }) }
}

/* ---- early exit --------------------------------------------------------------------------- */

export interface ResolvedEarlyExit {
  readonly confidence: number
  readonly times: number
  readonly every: number
}

const exitKeys = keysOf<EarlyExitOptions>({ confidence: true, times: true, every: true })

/** null where there is none. @throws TypeError or RangeError that names the option */
export function resolveEarlyExit(value: EarlyExitOptions | undefined): ResolvedEarlyExit | null {
  if (value === undefined) return null
  const name = 'options.earlyExit'
  if (!isObject(value)) throw invalidType(name, 'an object', value)
  checkKnown(name, value, exitKeys)
  const { confidence = 0.95, times = 2, every = 200 } = value
  return {
    confidence: number(`${name}.confidence`, confidence, share),
    times: integer(`${name}.times`, times, some),
    every: integer(`${name}.every`, every, some),
  }
}
