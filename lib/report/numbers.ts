/** Numbers as the tables write them. */

import type { Difference } from '../experiment/index.js'

export function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)}%`
}

/** With a sign always, and no negative zero. */
export function signed(value: number, digits: number): string {
  const text = value.toFixed(digits).replace(/^-(0(?:\.0*)?)$/, '$1')
  return text.startsWith('-') ? text : `+${text}`
}

export const points = (share: number): string => signed(share * 100, 1)

/** `23.7 to 76.3`, in percent. */
export function intervalOf(interval: readonly [number, number] | null): string {
  return interval === null ? '-' : interval.map(edge => (edge * 100).toFixed(1)).join(' to ')
}

/** `-3.0 (-6.5 to +0.5)`, in points. */
export function withInterval(difference: Difference | null): string {
  if (difference === null) return '-'
  return `${points(difference.accuracy)} (${difference.interval.map(points).join(' to ')})`
}
