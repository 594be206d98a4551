// @ts-check
/** The little statistics that benchmarks need. Pure. */

/** @type {typeof import('./statistics.d.mts').median} */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** @type {typeof import('./statistics.d.mts').medianRatio} */
export function medianRatio(values, against) {
  return median(values.map((value, i) => value / (against[i] ?? Number.NaN)))
}

/** @param {readonly number[]} values */
const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length

/** @type {typeof import('./statistics.d.mts').powerLaw} */
export function powerLaw(points) {
  const wrong = points.flat().find(value => !(value > 0 && value < Number.POSITIVE_INFINITY))
  if (wrong !== undefined) throw new RangeError(`a power law needs positive numbers, not ${wrong}`)
  if (new Set(points.map(([x]) => x)).size < 2) throw new RangeError('a power law needs two x')
  const xs = points.map(([x]) => Math.log(x))
  const ys = points.map(([, y]) => Math.log(y))
  const [middleX, middleY] = [mean(xs), mean(ys)]
  const varianceX = mean(xs.map(x => (x - middleX) ** 2))
  const varianceY = mean(ys.map(y => (y - middleY) ** 2))
  const covariance = mean(xs.map((x, i) => (x - middleX) * ((ys[i] ?? Number.NaN) - middleY)))
  const exponent = covariance / varianceX
  const fit = varianceY === 0 ? 1 : covariance ** 2 / (varianceX * varianceY)
  return { exponent, factor: Math.exp(middleY - exponent * middleX), fit }
}
