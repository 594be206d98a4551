/** Scores that only pruning in flight has, by name. A new one is a file beside this and a line here. */

import type { LiveScore, LiveScoreName } from '../../../../types/public.js'
import { builtInOrOwn } from '../../../base/choice.js'
import { invalidValue } from '../../../base/errors.js'
import { decay } from './decay.js'
import { distinct } from './distinct.js'
import { gap } from './gap.js'
import { plan } from './plan.js'
import { twoProbes } from './two-probes.js'
import { valueAttention } from './value-attention.js'
import { valueRange } from './value-range.js'
import { windowMax } from './window-max.js'

const liveScores = (
  keep: number,
  inGraph: boolean,
): Readonly<Record<LiveScoreName, LiveScore>> => ({
  decay: decay(keep, inGraph),
  gap,
  'window-max': windowMax,
  plan,
  'two-probes': twoProbes,
  'value-attention': valueAttention,
  'value-range': valueRange,
  distinct,
})

/**
 * @param keep of 'decay'
 * @param inGraph whether a step graph is recorded beside it
 * @throws TypeError for an unknown name, for an object that is no score, and where the graph is missing
 */
export function resolveLiveScore(choice: unknown, keep: number, inGraph: boolean): LiveScore {
  const option = 'options.pruning.score'
  const known = Object.values(liveScores(keep, inGraph))
  const score = builtInOrOwn(option, choice, known, 'begin')
  if (score !== gap || inGraph) return score
  throw invalidValue(option, "another score than 'gap' without options.stepGraph", choice)
}
