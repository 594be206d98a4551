/**
 * Ceilings: what the rest of the unpruned run looks at most, or misses most, known beforehand. No score can know it;
 * beside it one sees what a better score could still gain.
 */

import type { LiveScore, SegmentedTrace, StepGraph } from '../../../types/public.js'
import type { Session } from '../../index.js'

/** A finished run, and what its tokens look at. */
export interface Foreseen {
  readonly trace: Pick<SegmentedTrace, 'steps' | 'answer'>
  /** Of single tokens, `tokenSteps`: what goes of a step that goes in part. Left out: what the last token's row says. */
  readonly tokenGraph?: StepGraph | undefined
  /** Share of the cached steps that it has. */
  readonly onLook?: ((known: number) => void) | undefined
}

/** Of a finished run its steps that are not written yet: their indices, ascending. */
type Remaining = readonly number[]

/**
 * Steps are known again by their text, since a run whose cache was pruned soon words something otherwise. A step that the
 * unpruned run has, too, is worth what `worth` says of it and of what that run still has to write; one that it never
 * wrote is worth less than any, in the order of the last token's row.
 */
const knowing = (
  { trace: { steps }, tokenGraph, onLook }: Foreseen,
  worth: (step: number, remaining: Remaining) => number,
): LiveScore => ({
  name: 'oracle',
  observers: ['last-token'],
  begin: () => look => {
    const written = new Set(look.trace.steps.map(({ text }) => text))
    const remaining = steps.flatMap(({ text }, i) => (written.has(text) ? [] : [i]))
    const row = look.rows[0]?.[0] ?? new Float64Array(0)
    const found = look.steps.map(({ step }) =>
      steps.findIndex(({ text }) => text === look.trace.steps[step]?.text),
    )
    onLook?.(found.filter(step => step >= 0).length / Math.max(1, found.length))
    // the last row is the answer's
    const first = tokenGraph?.steps[0]?.start ?? 0
    const rows = remaining.flatMap(i => indices(steps[i]?.tokenStart, steps[i]?.tokenEnd))
    const later = [...rows.map(token => token - first), tokenGraph?.steps.length ?? 0]
    const tokenScores = [...row]
    const scores = look.steps.map(({ start, end, step }, i) => {
      const of = found[i] ?? -1
      if (of < 0) return unknown + mean([...row.subarray(start, end)])
      const offset = (steps[of]?.tokenStart ?? 0) - (look.trace.steps[step]?.tokenStart ?? 0)
      for (let rank = start; tokenGraph !== undefined && rank < end; rank++) {
        const token = (look.tokens[rank] ?? 0) + offset
        tokenScores[rank] = mostPaid(tokenGraph, token - first, later)
      }
      return worth(of, remaining)
    })
    return { scores, tokenScores }
  },
})

/** Below every sum of log-probabilities. */
const unknown = -1e9

/**
 * The most that a later step of the unpruned run, the one that is being written included, or its answer, pays to a token of
 * a step: the mean over heads.
 *
 * @param graph of the unpruned run
 */
export const oracle = (foreseen: Foreseen, graph: StepGraph): LiveScore =>
  knowing(foreseen, (step, remaining) => {
    const { start = 0, end = 0 } = graph.steps[step] ?? {}
    const later = [...remaining.filter(other => other > step), graph.steps.length]
    return mostPaid(graph, step, later) / (end - start)
  })

/** The most that one of some rows pays to a step: the mean over heads. */
const mostPaid = ({ looks }: StepGraph, step: number, rows: readonly number[]): number =>
  Math.max(0, ...rows.map(j => mean(looks.map(head => head[j]?.[step] ?? Number.NaN))))

/**
 * How much less likely, without a step, all that the unpruned run still has to write is, for each of its tokens: what the
 * steps are for, whoever looks at them. Each is left out alone, so two that say the same are worth nothing each.
 *
 * @param effects of the unpruned run
 */
export const deletionOracle = (foreseen: Foreseen, effects: readonly Float64Array[]): LiveScore => {
  const { steps, answer } = foreseen.trace
  return knowing(foreseen, (step, remaining) => {
    const effect = effects[step] ?? new Float64Array(0)
    const ofSteps = remaining.map(other => {
      const { tokenStart = 0, tokenEnd = 0 } = steps[other] ?? {}
      return sum(effect.subarray(tokenStart, tokenEnd))
    })
    const { tokenStart = 0, tokenEnd = 0 } = steps[step] ?? {}
    return (sum(ofSteps) + sum(effect.subarray(answer.tokenStart))) / (tokenEnd - tokenStart)
  })
}

/** Every token of the thinking as a step of its own, for a graph of tokens: it has their number squared, for each head. */
export function tokenSteps(trace: SegmentedTrace): SegmentedTrace {
  const { thinking, tokenEnds, text } = trace
  const steps = indices(thinking.tokenStart, thinking.tokenEnd).map((token, index) => {
    const charStart = index === 0 ? thinking.charStart : (tokenEnds[token - 1] ?? 0)
    const charEnd = Math.min(thinking.charEnd, tokenEnds[token] ?? 0)
    const range = { charStart, charEnd, tokenStart: token, tokenEnd: token + 1 }
    return { ...range, index, text: text.slice(charStart, charEnd) }
  })
  return { ...trace, steps }
}

const indices = (start = 0, end = 0): number[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i)

const sum = (values: readonly number[] | Float64Array): number => {
  let total = 0
  for (const value of values) total += value
  return total
}

/**
 * Shape (steps, tokens): how much less likely each number of a trace is without a step before it; 0 up to its end, and
 * for words, which change with the order of steps and not with what they came to. One prefill for each step.
 */
export async function deletionEffects(
  session: Pick<Session, 'logprobs'>,
  { prompt, tokens, tokenEnds, text, steps }: SegmentedTrace,
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const from = prompt.tokens.length
  const whole = await session.logprobs([...prompt.tokens, ...tokens], { from, signal })
  const effects: Float64Array[] = []
  for (const { tokenStart, tokenEnd } of steps) {
    const effect = new Float64Array(tokens.length)
    effects.push(effect)
    if (tokenEnd >= tokens.length) continue
    const before = [...prompt.tokens, ...tokens.slice(0, tokenStart)]
    const ids = [...before, ...tokens.slice(tokenEnd)]
    const without = await session.logprobs(ids, { from: before.length, signal })
    for (const [i, logprob] of without.entries()) {
      const token = tokenEnd + i
      const said = text.slice(tokenEnds[token - 1] ?? 0, tokenEnds[token])
      if (/\p{Nd}/u.test(said)) effect[token] = (whole[token] ?? Number.NaN) - logprob
    }
  }
  return effects
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Of two texts, how many tokens come before they go apart. */
export function sharedTokens(a: readonly number[], b: readonly number[]): number {
  const apart = a.findIndex((token, i) => token !== b[i])
  return apart === -1 ? Math.min(a.length, b.length) : apart
}
