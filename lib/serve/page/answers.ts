/** What the model answers to what is left of a trace, by one method or by several side by side, at equal kept tokens. */

import { sweep } from '../../experiment/index.js'
import type { KeptTrace } from './kept-traces.js'
import type { PageAnswered } from './page-events.js'

export interface AskedAnswers {
  readonly threshold: number
  /** Places among the trace's methods. */
  readonly methods: readonly number[]
}

export async function answers(
  { host, scored }: KeptTrace,
  { threshold, methods }: AskedAnswers,
  signal: AbortSignal,
): Promise<readonly PageAnswered[]> {
  const swept = sweep(scored, [threshold], { rule: 'threshold', protect: {} })
  const asked = methods.flatMap(place => swept[place] ?? [])
  const evaluations = await host.turns.run(async () => {
    const session = await host.solo()
    return session.evaluateAll(
      asked.map(({ pruned }) => pruned),
      { signal },
    )
  })
  return asked.map(({ method, pruned }, i) => ({
    method,
    threshold,
    steps: pruned.kept.length,
    tokens: pruned.prunedTokens.length,
    text: evaluations[i]?.text.trim() ?? '',
    value: evaluations[i]?.answer.value ?? null,
  }))
}
