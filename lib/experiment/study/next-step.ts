/**
 * What a score is worth while a model thinks: a labelled trace is cut before a step, what came before is pruned
 * by the score, and the model is asked how likely it finds the numbers of the true step.
 */

import type { ChosenHeads } from '../../../types/public.js'
import type { Model, PrunedTrace, ScoredTrace, SegmentedTrace, Session } from '../../index.js'
import { prune, scoreStepGraph, scoreWith } from '../../index.js'
import { mean, spread } from '../results/statistics.js'
import { observerNames } from '../run/names.js'
import { labelledTrace } from './labelled-traces.js'
import type { LabelledTrace } from './types.js'

/** What `nextSteps` takes. */
export interface NextStepOptions {
  readonly model: Model
  readonly session: Session
  readonly traces: readonly LabelledTrace[]
  /** For the row 'step graph', of traces of a kind: see `headsWithout`. @default without it */
  readonly heads?: ((kind: string) => ChosenHeads) | undefined
  /** Cuts are made where so many steps lie before. @default 4 */
  readonly stepsBefore?: number | undefined
  /** Of the random scores. @default 1 */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called behind each trace, with how many are done. */
  readonly onTrace?: ((done: number, total: number) => void) | undefined
}

/** What the cut is before: a needed step on the way, or the last one, which states the result. */
export type CutBefore = 'step' | 'conclusion'

/** One score, over all cuts of one sort. */
export interface NextStepRow {
  readonly score: string
  readonly before: CutBefore
  readonly cuts: number
  /** Share of the needed steps before the cut that is kept; mean over cuts. */
  readonly neededKept: number
  /** Of the digits of the true step, natural logarithm; mean over cuts. */
  readonly logprob: number
  /** Paired difference to `random`, with the half-width of its 95 % interval; null there. */
  readonly overRandom: { readonly logprob: number; readonly halfWidth: number } | null
}

interface Cut {
  readonly history: SegmentedTrace
  readonly before: CutBefore
  readonly next: string
  readonly needed: readonly boolean[]
}

type Score = (history: SegmentedTrace, cut: Cut, seed: number) => Promise<ScoredTrace>

interface Measured {
  readonly neededKept: number
  readonly logprob: number
}

/**
 * Cuts labelled traces before a step, prunes what is before by each score, and asks how likely the numbers of the true step are (natural
 * logarithms). Every score keeps the newest step, which nothing had time to look at, and as many tokens besides as the needed
 * steps before it have. 'everything' keeps all, 'labels' the needed ones.
 *
 * @throws as `session.prefill` and `session.likelihood`; `signal.reason`
 */
export async function nextSteps(options: NextStepOptions): Promise<readonly NextStepRow[]> {
  const { model, session, traces, seed = 1, stepsBefore = 4, signal, onTrace } = options
  const found: Record<CutBefore, Map<string, Measured[]>> = {
    step: new Map(),
    conclusion: new Map(),
  }
  for (const [index, labelled] of traces.entries()) {
    const scores = scoresOf(options, labelled.kind)
    for (const cut of await cutsOf(model, labelled, stepsBefore)) {
      // all scores share the history in the cache, and so does what is measured
      await session.prefill(cut.history, { signal })
      const pruned: [string, PrunedTrace][] = []
      for (const [name, score] of scores) {
        signal?.throwIfAborted()
        const scored = await score(cut.history, cut, seed + index)
        pruned.push([name, pruneTo(scored, cut, name === 'everything')])
      }
      for (const [name, trace] of pruned) {
        const measured = await measure(options, cut, trace)
        const of = found[cut.before]
        of.set(name, [...(of.get(name) ?? []), measured])
      }
    }
    onTrace?.(index + 1, traces.length)
  }
  return (['step', 'conclusion'] as const).flatMap(before => rowsOf(before, found[before]))
}

async function cutsOf(model: Model, labelled: LabelledTrace, least: number): Promise<Cut[]> {
  const { steps, needed } = labelled
  const cuts: Cut[] = []
  for (const at of needed.filter(index => index >= least)) {
    const thinking = { ...labelled, steps: steps.slice(0, at), reply: '' }
    const flags = thinking.steps.map((_, index) => needed.includes(index))
    if (!flags.includes(true)) continue
    cuts.push({
      history: await labelledTrace(model, thinking),
      before: at === steps.length - 1 ? 'conclusion' : 'step',
      next: steps[at] ?? '',
      needed: flags,
    })
  }
  return cuts
}

function scoresOf({ session, heads, signal }: NextStepOptions, kind: string): Map<string, Score> {
  const scores = new Map<string, Score>([
    ['everything', async trace => scoreWith(trace, 'recency')],
    [
      'labels',
      async (trace, { needed }) =>
        scoreWith(trace, { name: 'labels', score: () => needed.map(Number) }),
    ],
    ['random', async (trace, _, seed) => scoreWith(trace, 'random', { seed })],
    ['recency', async trace => scoreWith(trace, 'recency')],
    ['length', async trace => scoreWith(trace, 'length')],
  ])
  for (const observer of observerNames) {
    scores.set(`${observer}, mean`, trace => session.scoreSteps(trace, { observer, signal }))
  }
  scores.set('last-token, sum', trace =>
    session.scoreSteps(trace, { observer: 'last-token', aggregate: 'sum', signal }),
  )
  const chosen = heads?.(kind)
  if (chosen !== undefined) {
    scores.set('step graph, chosen heads', async trace => {
      const graph = await session.stepGraph(trace, { heads: chosen.heads, signal })
      return scoreStepGraph(trace, graph, chosen.score)
    })
  }
  return scores
}

function pruneTo(scored: ScoredTrace, { needed }: Cut, everything: boolean): PrunedTrace {
  if (everything) return prune(scored, { ratio: 0 })
  const newest = scored.steps.length - 1
  const tokenBudget = scored.steps.reduce((sum, { index, tokenStart, tokenEnd }) => {
    return sum + (needed[index] || index === newest ? tokenEnd - tokenStart : 0)
  }, 0)
  return prune(scored, { tokenBudget, protect: { last: 1 } })
}

async function measure(
  { model, session, signal }: NextStepOptions,
  { next, needed }: Cut,
  pruned: PrunedTrace,
): Promise<Measured> {
  const asked = { text: next, given: '\n\n', place: 'thinking', signal } as const
  const { tokens, logprobs } = await session.likelihood(pruned, asked)
  const pieces = await Promise.all(tokens.map(token => model.detokenize([token])))
  const digits = logprobs.filter((_, i) => /\d/.test(pieces[i] ?? ''))
  const kept = pruned.kept.filter(index => needed[index]).length
  return {
    neededKept: kept / needed.filter(Boolean).length,
    logprob: digits.reduce((sum, value) => sum + value, 0),
  }
}

function rowsOf(before: CutBefore, found: ReadonlyMap<string, readonly Measured[]>): NextStepRow[] {
  const random = found.get('random') ?? []
  return [...found].map(([score, measured]) => {
    const differences = measured.map(({ logprob }, i) => logprob - (random[i]?.logprob ?? 0))
    const over = { logprob: mean(differences) ?? Number.NaN, halfWidth: spread(differences) }
    return {
      score,
      before,
      cuts: measured.length,
      neededKept: mean(measured.map(({ neededKept }) => neededKept)) ?? Number.NaN,
      logprob: mean(measured.map(({ logprob }) => logprob)) ?? Number.NaN,
      overRandom: score === 'random' ? null : over,
    }
  })
}
