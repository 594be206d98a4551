import type { LiveScore } from '../../../../types/public.js'
import { meanOf } from './step-attention.js'

/**
 * What the last token takes from a step: attention times the norm of what it reads, head by head (LongFlow, at steps).
 * A sink is looked at for want of something better, and its values are next to nothing.
 */
export const valueAttention: LiveScore = {
  name: 'value-attention',
  observers: ['last-token'],
  values: true,
  begin:
    () =>
    ({ steps, values }) => {
      const taken = values?.taken[0]?.[0]
      return { scores: steps.map(step => meanOf(taken, step)), tokenScores: [...(taken ?? [])] }
    },
}
