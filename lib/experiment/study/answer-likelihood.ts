/** How likely the right answer is behind what each score keeps of a finished trace, at equal size. */

import type { EvaluationMode, PrunedTrace, Session } from '../../index.js'
import { prune, scoreWith } from '../../index.js'
import { mean, pairedBootstrap } from '../results/statistics.js'
import type { OwnTrace } from './own-traces.js'
import type { StudiedTrace } from './separation.js'
import { answerOpening } from './step-effects.js'

/** What `answerLikelihoods` takes. */
export interface AnswerLikelihoodOptions {
  readonly session: Session
  /** With the scores of each, in the same order: `studySteps`. */
  readonly traces: readonly OwnTrace[]
  readonly studied: readonly StudiedTrace[]
  /** Share of the thinking's tokens that goes; the last step stays. */
  readonly removed: readonly number[]
  readonly modes: readonly Exclude<EvaluationMode, 'resume'>[]
  readonly signal?: AbortSignal | undefined
  /** Called behind each trace, with how many are done. */
  readonly onTrace?: ((done: number, total: number) => void) | undefined
}

/** One score, in one mode, with one share removed. */
export interface AnswerLikelihoodRow {
  readonly score: string
  readonly mode: Exclude<EvaluationMode, 'resume'>
  /** Share of the thinking's tokens that is gone. */
  readonly removed: number
  /** Of the right answer, natural logarithm; mean over traces. */
  readonly logprob: number
  /** Share of the thinking's tokens that is left; mean over traces. */
  readonly tokensKept: number
  /** The 95 % interval of the paired difference to 'random'; null there. */
  readonly overRandom: readonly [number, number] | null
  readonly traces: number
}

const base = 'random'

/** Of one cell of the table, for each trace. */
interface Measured {
  readonly logprobs: number[]
  readonly kept: number[]
}

/**
 * How likely the right answer is behind what each score keeps, for every mode and share: each keeps the last step, and the highest others. Traces
 * whose answer nobody knows are left out. One prefill a trace, then one short decode a cell.
 *
 * @returns a row for each mode, share and score
 * @throws as `session.prefill` and `session.likelihood`; `signal.reason`
 */
export async function answerLikelihoods(
  options: AnswerLikelihoodOptions,
): Promise<readonly AnswerLikelihoodRow[]> {
  const { traces, studied, removed, modes, onTrace } = options
  const names = [...(studied[0]?.scores.keys() ?? [])]
  const cells = modes.flatMap(mode =>
    removed.flatMap(share => names.map(score => ({ score, mode, removed: share }))),
  )
  const found = cells.map((): Measured => ({ logprobs: [], kept: [] }))
  for (const [index, own] of traces.entries()) {
    const of = studied[index]
    if (own.answer === null || of === undefined) continue
    await options.session.prefill(own.trace, { signal: options.signal })
    for (const [at, { score, mode, removed: share }] of cells.entries()) {
      const pruned = pruneTo(of, score, share)
      const text = `${own.answer}}`
      const asked = { given: answerOpening, text, mode, signal: options.signal }
      found[at]?.logprobs.push((await options.session.likelihood(pruned, asked)).logprob)
      found[at]?.kept.push(pruned.prunedTokens.length / thinkingTokens(of))
    }
    onTrace?.(index + 1, traces.length)
  }
  return cells.map((cell, at) => {
    const { logprobs = [], kept = [] } = found[at] ?? {}
    const random = cells.findIndex(
      other => other.score === base && other.mode === cell.mode && other.removed === cell.removed,
    )
    return {
      ...cell,
      logprob: mean(logprobs) ?? Number.NaN,
      tokensKept: mean(kept) ?? Number.NaN,
      overRandom:
        cell.score === base ? null : pairedBootstrap(logprobs, found[random]?.logprobs ?? []),
      traces: logprobs.length,
    }
  })
}

const thinkingTokens = ({ trace }: StudiedTrace): number =>
  trace.steps.reduce((sum, { tokenStart, tokenEnd }) => sum + tokenEnd - tokenStart, 0)

function pruneTo(of: StudiedTrace, name: string, removed: number): PrunedTrace {
  const scored = scoreWith(of.trace, { name, score: () => of.scores.get(name) ?? [] })
  const tokenBudget = Math.round((1 - removed) * thinkingTokens(of))
  return prune(scored, { tokenBudget, protect: { last: 1 } })
}
