/** Of a step graph what a picture can show. Pure. */

import type { StepGraph } from '../../types/public.js'

/** One look: step `from` at step `to`; the last `from` is the answer. */
export interface StrongLook {
  /** The step that looks. */
  readonly from: number
  /** The step that is looked at, an earlier one. */
  readonly to: number
  /** Of the strongest one. */
  readonly share: number
}

/**
 * The looks that are no fainter than `faintest` of the strongest, the strongest last: the mean over heads, each of which is
 * scaled to its largest look. Pure.
 *
 * @param faintest from 0 to 1
 */
export function strongestLooks({ looks }: Pick<StepGraph, 'looks'>, faintest = 0.12): StrongLook[] {
  const scaled = looks.map(head => {
    const most = head.reduce(
      (a, row) => row.reduce((b, look) => Math.max(b, look), a),
      Number.MIN_VALUE,
    )
    return head.map(values => values.map(value => value / most))
  })
  const count = looks[0]?.length ?? 0
  const all = Array.from({ length: count }, (_, from) =>
    Array.from({ length: Math.min(from, count - 1) }, (_, to) => {
      const sum = scaled.reduce((total, head) => total + (head[from]?.[to] ?? 0), 0)
      return { from, to, share: sum / scaled.length }
    }),
  ).flat()
  const most = all.reduce((largest, { share }) => Math.max(largest, share), Number.MIN_VALUE)
  return all
    .map(look => ({ ...look, share: look.share / most }))
    .filter(({ share }) => share >= faintest)
    .sort((a, b) => a.share - b.share)
}
