/**
 * The ceiling of scores by attention: what the later steps of the unpruned run look at most, known beforehand. No score
 * can know it; beside it one sees what a better score could still gain.
 */

import type { HeadRef, LiveScore, ModelInfo, StepGraph, Trace } from '../../../types/public.js'

/**
 * While the text is that of the unpruned run, a step's score is the most that a later step of it, the one that is being
 * written included, pays to one of its tokens. Once the texts go apart the unpruned run says nothing about what comes:
 * then it is the row of the last token.
 *
 * @param graph of the unpruned run, of the same steps
 * @param onLook whether the text still was that of the unpruned run
 */
export const oracle = (
  unpruned: Pick<Trace, 'tokens'>,
  graph: StepGraph,
  onLook?: (knew: boolean) => void,
): LiveScore => ({
  name: 'oracle',
  observers: ['last-token'],
  begin: () => look => {
    const { tokens, steps } = look.trace
    const knew = sharedTokens(tokens, unpruned.tokens) === tokens.length
    onLook?.(knew)
    const row = look.rows[0]?.[0] ?? new Float64Array(0)
    const scores = look.steps.map(({ step, start, end }) =>
      knew ? futureLooks(graph, step, steps.length - 1) : mean([...row.subarray(start, end)]),
    )
    return { scores, tokenScores: [...row] }
  },
})

/** The most that step `from`, or one behind it, or the answer, pays to a token of a step: the mean over heads. */
function futureLooks({ looks, steps }: StepGraph, step: number, from: number): number {
  const { start = 0, end = 0 } = steps[step] ?? {}
  const later = Array.from({ length: steps.length + 1 - from }, (_, i) => from + i)
  const paid = later.map(j => mean(looks.map(head => head[j]?.[step] ?? Number.NaN)))
  return Math.max(0, ...paid) / (end - start)
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** All heads that attend to the whole context. */
export const allHeads = ({
  heads,
  attentionLayers,
}: Pick<ModelInfo, 'heads' | 'attentionLayers'>): HeadRef[] =>
  attentionLayers.flatMap(layer => Array.from({ length: heads }, (_, head) => ({ layer, head })))

/** Of two texts, how many tokens come before they go apart. */
export function sharedTokens(a: readonly number[], b: readonly number[]): number {
  const apart = a.findIndex((token, i) => token !== b[i])
  return apart === -1 ? Math.min(a.length, b.length) : apart
}
