import type { LiveLook, LiveScore, StepGraph } from '../../../../types/public.js'
import { nucleus } from './nucleus.js'
import { massOf } from './step-attention.js'

/**
 * A counter of hits that forgets (Crystal-KV, at steps and looks): count ← keep · count + hit. A maximum over all looks
 * never lets go of what was used up long ago, and the last row alone knows nothing but the present. Equal counts are
 * told apart by the attention of now.
 *
 * @param keep what is left of a count at the next look; 0 is the last look alone, 1 counts all alike
 * @param inGraph hits are what the live step graph saw since the last look; else the last token's row is read
 */
export const decay = (keep: number, inGraph: boolean): LiveScore => ({
  name: 'decay',
  observers: inGraph ? [] : ['last-token'],
  begin() {
    const counts = new Map<number, number>()
    let seen = 0
    return look => {
      const paid = inGraph ? paidSince(look, seen) : paidNow(look)
      seen = look.graph?.steps.length ?? 0
      const hits = nucleus(paid)
      const total = paid.reduce((sum, mass) => sum + mass, 0)
      return look.steps.map(({ step }, i) => {
        const count = keep * (counts.get(step) ?? 0) + Number(hits.has(i))
        counts.set(step, count)
        return count + (total > 0 ? (tie * (paid[i] ?? 0)) / total : 0)
      })
    }
  },
})

/** Less than what any two counts that matter differ by. */
const tie = 1e-3

const paidNow = ({ steps, rows: [rows] }: LiveLook): number[] =>
  steps.map(step => massOf(rows?.[0], step))

/** The most that a row of the graph, of those that came since, pays to each step. */
const paidSince = ({ steps, graph }: LiveLook, seen: number): number[] =>
  steps.map(({ step }) =>
    Math.max(0, ...rowsOf(graph, seen).map(([j, row]) => (j > step ? (row[step] ?? 0) : 0))),
  )

/** Means over heads. */
function rowsOf(graph: StepGraph | null, from: number): [number, number[]][] {
  if (graph === null) return []
  const { looks, steps } = graph
  const later = Array.from({ length: steps.length + 1 - from }, (_, i) => from + i)
  return later.map(j => [
    j,
    steps.map((_, i) => looks.reduce((sum, head) => sum + (head[j]?.[i] ?? 0), 0) / looks.length),
  ])
}
