/** The benchmarks' statistics, against numbers worked out by hand and curves that are known. */
import t from 'tap'
import { median, medianRatio, powerLaw } from '../../bench/statistics.mjs'
import { mulberry32 } from '../support/random.mjs'

t.test('the median is the middle one, or the mean of both', async t => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 2, 3]), 2.5)
  t.ok(Number.isNaN(median([])))
})

t.test('ratios are of the same round, so that load on both does not show', async t => {
  // every round is slower than the one before, always by half
  t.equal(medianRatio([10, 20, 40], [20, 40, 80]), 0.5)
  t.equal(median([10, 20, 40]) / median([20, 40, 20]), 1, 'where the ratio of medians says 1')
})

t.test('a power law is found again', async t => {
  for (const [factor, exponent] of [
    [3, 2],
    [0.01, 1.1],
    [5, 0],
    [7, -0.5],
  ] as const) {
    const points = [1024, 2048, 4096, 32768].map(x => [x, factor * x ** exponent] as const)
    const found = powerLaw(points)
    t.ok(Math.abs(found.exponent - exponent) < 1e-9, `exponent ${exponent}`)
    t.ok(Math.abs(found.factor / factor - 1) < 1e-9, `factor ${factor}`)
    t.ok(found.fit > 1 - 1e-9 && found.fit <= 1 + 1e-9, 'all of it is explained')
  }
})

t.test('noise of 10 % moves the exponent by little, and the fit says that it is there', async t => {
  const { next } = mulberry32(7)
  const points = Array.from({ length: 6 }, (_, i) => {
    const x = 1024 * 2 ** i
    return [x, 2 * x ** 1.05 * (0.9 + 0.2 * next())] as const
  })
  const { exponent, fit } = powerLaw(points)
  t.ok(Math.abs(exponent - 1.05) < 0.06, `${exponent}`)
  t.ok(fit > 0.98 && fit < 1, `${fit}`)
})

t.test('what has no logarithm or no slope is refused', async t => {
  t.throws(() => powerLaw([[1024, 1]]), RangeError)
  t.throws(
    () =>
      powerLaw([
        [1024, 1],
        [1024, 2],
      ]),
    RangeError,
  )
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(
      () =>
        powerLaw([
          [1024, 1],
          [2048, wrong],
        ]),
      RangeError,
      `${wrong}`,
    )
  }
})
