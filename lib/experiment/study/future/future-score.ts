import type { LiveScore } from '../../../../types/public.js'
import type { FutureCalibration } from './calibrate-future.js'
import { received } from './choose.js'
import { mixed } from './mix.js'
import { repetition, rowsAt } from './moments.js'

/**
 * What is expected to be looked at, in flight: beside a `stepGraph` of the calibration's heads, nothing is decoded.
 *
 * ```ts
 * session.generate(problem, { stepGraph: { heads: future.heads }, pruning: { score: futureScore(future) } })
 * ```
 */
export const futureScore = ({
  newest,
  mix,
}: Pick<FutureCalibration, 'newest' | 'mix'>): LiveScore => ({
  name: 'future',
  begin:
    () =>
    ({ trace, graph, steps }) => {
      const now = graph?.steps.length ?? 0
      const rows = graph === null ? [] : rowsAt(graph, now, newest)
      const target = Array.from({ length: now }, () => 0)
      const looks = received({ rows, target }, [...rows.keys()], newest)
      const scores = mix === null ? looks : mixed(mix, looks, { repeated: repetition(trace, now) })
      return steps.map(({ step }) => scores[step] ?? Number.NaN)
    },
})
