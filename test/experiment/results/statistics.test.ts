import t, { type Test } from 'tap'
import {
  auc,
  mcnemar,
  mean,
  pairedBootstrap,
  rankCorrelation,
  wilson,
} from '../../../dist/experiment/index.js'
import { spread } from '../../../dist/experiment/results/statistics.js'
import { mulberry32, testSeed } from '../../support/random.mjs'

const close = (t: Test, actual: number | undefined, expected: number, digits = 6) =>
  t.equal(actual?.toFixed(digits), expected.toFixed(digits))

t.test('wilson equals scipy', async t => {
  const cases: [number, number, number, number][] = [
    [11, 30, 0.218739, 0.544864],
    [0, 30, 0, 0.113513],
    [30, 30, 0.886487, 1],
    [1, 1, 0.206549, 1],
    [0, 1, 0, 0.793451],
    [5, 10, 0.236593, 0.763407],
  ]
  for (const [successes, total, low, high] of cases) {
    const interval = wilson(successes, total)
    close(t, interval?.[0], low)
    close(t, interval?.[1], high)
  }
})

t.test('wilson without a sample is no interval', async t => {
  t.equal(wilson(0, 0), null)
})

t.test('wilson never leaves 0 to 1', async t => {
  for (let total = 1; total <= 200; total++) {
    for (const successes of [0, 1, total - 1, total]) {
      const [low, high] = wilson(successes, total) ?? [Number.NaN, Number.NaN]
      if (!(low >= 0 && low <= high && high <= 1)) t.fail(`${successes}/${total}: ${low}, ${high}`)
    }
  }
})

t.test('mcnemar is the two-sided binomial test of the flips', async t => {
  close(t, mcnemar(0, 0), 1)
  close(t, mcnemar(1, 0), 1)
  close(t, mcnemar(0, 5), 0.0625)
  close(t, mcnemar(6, 0), 0.03125)
  close(t, mcnemar(1, 9), 0.021484)
  close(t, mcnemar(9, 1), 0.021484)
  close(t, mcnemar(5, 5), 1)
  close(t, mcnemar(400, 600), 2.728e-10, 12)
})

t.test('mean', async t => {
  t.equal(mean([]), null)
  t.equal(mean([1, 2, 6]), 3)
})

t.test('auc is the share of pairs in the right order, ties half', async t => {
  t.equal(auc([3, 2, 1], [true, false, false]), 1)
  t.equal(auc([1, 2, 3], [true, false, false]), 0)
  t.equal(auc([1, 1, 1], [true, false, true]), 0.5)
  t.equal(auc([4, 1, 3, 2], [true, true, false, false]), 0.5)
  t.equal(auc([1, 2], [true, true]), null)
  t.equal(auc([], []), null)
  t.ok(Number.isNaN(auc([Number.NaN, 2], [true, false])), 'NaN is not swallowed')
})

t.test('auc is the rank sum of Mann and Whitney', async t => {
  const seed = testSeed()
  t.comment(`seed ${seed}`)
  const random = mulberry32(seed)
  for (let round = 0; round < 50; round++) {
    const scores = Array.from({ length: 30 }, () => random.next())
    const labels = scores.map((_, i) => i % 3 === 0)
    const rank = (score: number) => scores.filter(other => other <= score).length
    const sum = scores.reduce((total, score, i) => total + (labels[i] ? rank(score) : 0), 0)
    close(t, auc(scores, labels) ?? Number.NaN, (sum - (10 * 11) / 2) / (10 * 20))
  }
})

t.test('spread is 1.96 standard errors', async t => {
  close(t, spread([1, 2, 3, 4]), 1.959964 * Math.sqrt(5 / 3 / 4), 5)
  t.ok(Number.isNaN(spread([1])))
})

t.test('the bootstrap interval is the one of the normal distribution, for many pairs', async t => {
  const seed = testSeed()
  t.comment(`seed ${seed}`)
  const random = mulberry32(seed)
  const a = Array.from({ length: 400 }, () => Number(random.next() < 0.7))
  const b = a.map(value => (random.next() < 0.2 ? 1 - value : value))
  const differences = a.map((value, i) => value - (b[i] ?? Number.NaN))
  const [low, high] = pairedBootstrap(a, b, { seed }) ?? [Number.NaN, Number.NaN]
  const centre = mean(differences) ?? Number.NaN
  const half = spread(differences)
  t.notOk(!(Math.abs(low - (centre - half)) < half / 5), `from ${low}`)
  t.notOk(!(Math.abs(high - (centre + half)) < half / 5), `to ${high}`)
  t.strictSame(pairedBootstrap(a, b, { seed }), [low, high], 'the same seed, the same interval')
  t.notSame(pairedBootstrap(a, b, { seed: seed + 1, resamples: 50 }), [low, high])
})

t.test('the bootstrap of no pairs, of equal ones and of unequal lengths', async t => {
  t.equal(pairedBootstrap([], []), null)
  t.strictSame(pairedBootstrap([1, 0, 1], [1, 0, 1]), [0, 0])
  t.strictSame(pairedBootstrap([1, 1], [0, 0]), [1, 1])
  const [low] = pairedBootstrap([1, 1], [0]) ?? []
  t.ok(Number.isNaN(low), 'NaN is not swallowed')
  t.strictSame(pairedBootstrap([1], [0, 0]), [Number.NaN, Number.NaN])
})

t.test('rank correlation equals scipy', async t => {
  close(t, rankCorrelation([1, 2, 3, 4], [10, 20, 30, 400]) ?? Number.NaN, 1)
  close(t, rankCorrelation([1, 2, 3, 4], [4, 3, 2, 1]) ?? Number.NaN, -1)
  close(t, rankCorrelation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) ?? Number.NaN, 0.820783)
  close(t, rankCorrelation([1, 2, 2, 3], [3, 1, 1, 2]) ?? Number.NaN, -1 / 3)
  t.equal(rankCorrelation([1, 1], [1, 2]), null)
  t.equal(rankCorrelation([], []), null)
  t.ok(Number.isNaN(rankCorrelation([1, 2], [1, 2, 3])), 'a value without a partner')
  t.ok(Number.isNaN(rankCorrelation([1, Number.NaN], [1, 2])), 'NaN is not swallowed')
})
