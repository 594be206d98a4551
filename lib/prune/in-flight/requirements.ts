/** What a session and a model must have for looks at a running trace. */

import type { Trace } from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'
import type { Runtime } from '../../engine/runtime.js'
import { observersOf, tokensReadAgain } from './look.js'
import type { ResolvedPruning } from './options.js'

/** While the end of a step is waited for, it is looked for every so many tokens. */
export const waitingTokens = 8

export function checkRoom(contextLength: number, promptTokens: number, reserve: number): void {
  if (promptTokens + reserve < contextLength) return
  throw new CotPruneError(
    'ERR_CONTEXT_FULL',
    `a prompt of ${promptTokens} tokens and ${reserve} for a probe leave no room in a context of ` +
      `${contextLength}; open the session with a larger contextLength`,
  )
}

/**
 * How long before a look its fork is made: as many tokens as an observer reads again, where a state cannot be taken
 * back to what it was before them.
 */
export async function forkAhead(
  runtime: Runtime,
  pruning: ResolvedPruning,
  soFar: Trace,
): Promise<number> {
  const { recurrent, hybrid } = runtime.model.info
  if (!recurrent) return 0
  if (!hybrid) {
    throw new CotPruneError(
      'ERR_EVICTION_UNAVAILABLE',
      'the memory of this model cannot drop single tokens (it is recurrent); ' +
        'generate without pruning, and prune the finished trace',
    )
  }
  const observers = observersOf(pruning)
  const again = await tokensReadAgain(runtime, observers, soFar)
  // a fork is made ahead of time for one observer: the next one is forked from behind the tokens
  const alone = again === 0 || observers.length === 1
  if (alone && again <= waitingTokens && again < pruning.every) return again
  const names = observers.map(({ name }) => `'${name}'`).join(', ')
  throw new CotPruneError(
    'ERR_EVICTION_UNAVAILABLE',
    `observer ${names} reads the newest ${again} tokens a second time, which the state of this ` +
      `model's recurrent layers has seen: at most ${waitingTokens}, by one observer, and fewer than ` +
      'options.pruning.every',
  )
}
