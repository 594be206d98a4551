import t from 'tap'
import { assertFinite, mean, percentile, sum } from '../../dist/base/numeric.js'
import { mulberry32, testSeed } from '../support/random.mjs'

t.test('sums are float64 whatever the input holds', async t => {
  t.equal(sum([]), 0)
  t.equal(sum([1, 2, 3.5]), 6.5)
  // 2^24 + 1 is not a float32.
  t.equal(sum(new Float32Array([2 ** 24, 1])), 2 ** 24 + 1)
  t.ok(Number.isNaN(sum([1, Number.NaN, 2])), 'NaN is not swallowed')
})

t.test('a mean of nothing is an error, not NaN', async t => {
  t.equal(mean([1, 2, 6]), 3)
  t.throws(() => mean([]), { code: 'ERR_OUT_OF_RANGE' })
})

t.test('percentile gives the bits of numpy 2.4.6', async t => {
  const six = [0.12, 0.07, 0.31, 0.02, 0.18, 0.3]
  const golden: readonly (readonly [number, number])[] = [
    [0, 0.02],
    [0.1, 0.045000000000000005],
    [0.29, 0.0925],
    [0.5, 0.15],
    [0.7, 0.24],
    [0.9, 0.305],
    [0.95, 0.3075],
    [1, 0.31],
  ]
  for (const [q, expected] of golden) t.equal(percentile(six, q * 100), expected, `q = ${q}`)
  const three: readonly (readonly [number, number])[] = [
    [0.1, 0.12000000000000001],
    [0.25, 0.15000000000000002],
    [0.35, 0.17],
    [0.7, 0.24],
    [0.75, 0.25],
  ]
  for (const [q, expected] of three) {
    t.equal(percentile([0.3, 0.1, 0.2], q * 100), expected, `q = ${q}`)
  }
})

t.test('percentile hits order statistics exactly and is between its neighbours', async t => {
  const seed = testSeed()
  t.comment(`COT_PRUNE_SEED=${seed}`)
  const random = mulberry32(seed)
  for (let round = 0; round < 200; round++) {
    const n = 1 + random.integer(40)
    const values = Array.from({ length: n }, () => random.next())
    const sorted = values.toSorted((a, b) => a - b)
    t.equal(percentile(values, 0), sorted[0])
    t.equal(percentile(values, 100), sorted[n - 1])
    const p = random.next() * 100
    const at = ((n - 1) * p) / 100
    const below = sorted[Math.floor(at + 1e-9)] ?? Number.NaN
    const above = sorted[Math.ceil(at - 1e-9)] ?? Number.NaN
    // The textbook form of the rule, another order of operations.
    const exact = below * (1 - (at - Math.floor(at))) + above * (at - Math.floor(at))
    const difference = Math.abs(percentile(values, p) - exact)
    if (!(difference <= 1e-12)) t.fail(`p = ${p}, n = ${n}: difference ${difference}`)
  }
})

t.test('percentile does not sort its input, and takes one value', async t => {
  const values = [3, 1, 2]
  percentile(values, 50)
  t.strictSame(values, [3, 1, 2])
  t.equal(percentile([7], 33), 7)
})

t.test('percentile refuses nothing, another p and values that are not finite', async t => {
  t.throws(() => percentile([], 50), { code: 'ERR_OUT_OF_RANGE' })
  for (const p of [-1, 101, Number.NaN]) {
    t.throws(() => percentile([1], p), { code: 'ERR_OUT_OF_RANGE' })
  }
  for (const bad of [Number.NaN, Infinity, -Infinity]) {
    t.throws(() => percentile([1, bad], 50), { code: 'ERR_NOT_FINITE' })
  }
})

t.test('assertFinite names the first value at fault', async t => {
  t.doesNotThrow(() => assertFinite([0, -1, 1e308], 'scores'))
  t.doesNotThrow(() => assertFinite([], 'scores'))
  t.throws(() => assertFinite([0, Number.NaN, Infinity], 'scores'), {
    code: 'ERR_NOT_FINITE',
    message: 'scores[1] is NaN',
  })
})
