/** Chains of thought of the next problems, written in one batch: what waits for weights waits once for all of them. */

import type { Trace } from '../../../types/public.js'
import { invalidValue } from '../../base/errors.js'
import { seedOf } from './ask.js'
import { generationOptions, messagesFor } from './ask-options.js'
import type { Plan, Unit } from './types.js'

/** Problems of a batch for each that runs at once: where one ends, another begins. */
const depth = 4

/** How many units are written together. */
export const aheadOf = ({ parallel }: Pick<Plan, 'parallel'>): number =>
  parallel > 1 ? depth * parallel : 1

/**
 * Traces of all units, in their order; as those of `generateTrace` but for rounding in a batch.
 *
 * @throws as `session.generate`; `signal.reason`
 */
export async function writeAhead(plan: Plan, units: readonly Unit[]): Promise<readonly Trace[]> {
  const { session, ask, preset, signal, emit } = plan
  if (session.batch === undefined) {
    throw invalidValue('options.parallel', '1 with a session without batch()', plan.parallel)
  }
  await session.clear()
  const batch = session.batch()
  try {
    return await Promise.all(
      units.map(async unit => {
        emit({ type: 'stage', index: unit.index, stage: 'generate' })
        const generation = batch.generate(messagesFor(unit.problem, ask), {
          ...generationOptions(ask),
          maxTokens: preset.maxTokens,
          seed: seedOf(plan, unit),
          signal,
        })
        return generation.finish()
      }),
    )
  } finally {
    await batch.close()
  }
}
