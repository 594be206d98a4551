import type { Scorer } from '../../../types/public.js'
import { randomNumbers } from '../../base/random.js'

/** The baseline that every score has to beat at equal kept tokens. */
export const random: Scorer = {
  name: 'random',
  score: (trace, { seed }) => randomNumbers(trace.steps.length, seed),
}
