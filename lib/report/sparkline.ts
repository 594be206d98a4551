/** Numbers as a row of bars. */

const bars = '▁▂▃▄▅▆▇█'

/** One character a number, the highest one full; of numbers that are none a space. */
export function sparkline(values: readonly number[]): string {
  const most = values.reduce((a, b) => (b > a ? b : a), 0)
  return values
    .map(value => (Number.isNaN(value) ? ' ' : barOf(most > 0 ? value / most : 0)))
    .join('')
}

/** @param share from 0 to 1 */
export const barOf = (share: number): string =>
  bars[Math.min(bars.length - 1, Math.floor(Math.max(0, share) * bars.length))] ?? ''
