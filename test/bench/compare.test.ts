/** The table of the peers, from measurements that were made up so that every ratio is known. */
import t from 'tap'
import {
  commonPrefix,
  compare,
  type Measurement,
  rowDistance,
  table,
} from '../../bench/peers/compare.mjs'

/** Rates of rounds in which the machine got slower. */
const rates = (values: readonly number[], peakRssKb: number): Measurement[] =>
  values.map(tokensPerSecond => ({
    tokensPerSecond,
    processorMillis: 1,
    loadedRssKb: 1024,
    peakRssKb,
  }))
const times = (values: readonly number[], peakRssKb: number): Measurement[] =>
  values.map(millis => ({ millis, processorMillis: millis / 5, loadedRssKb: 1024, peakRssKb }))

t.test('twice the rate and half the time are both twice as fast', async t => {
  const slower = compare(rates([40, 20, 10], 2048), 'a', rates([20, 10, 5], 6144))
  t.match(slower, { value: 10, range: [5, 20], speed: 2, memory: 3, grownRssKb: 5120 })
  t.equal(slower.processorSpeed, 1)
  const longer = compare(times([10, 20, 40], 2048), 'b', times([20, 40, 80], 1024))
  t.match(longer, { value: 40, range: [20, 80], speed: 2, memory: 0.5, grownRssKb: 0 })
  t.equal(longer.processorSpeed, 2)
})

t.test('a round without a number is an error, and not a ratio', async t => {
  const ours = rates([10], 1)
  for (const wrong of [{}, { millis: Number.NaN }, { tokensPerSecond: Number.POSITIVE_INFINITY }]) {
    const theirs = [{ ...wrong, processorMillis: 1, loadedRssKb: 1, peakRssKb: 1 }]
    t.throws(() => compare(ours, 'a', theirs), /neither/)
  }
})

t.test('tokens are the same up to the first that differs', async t => {
  t.equal(commonPrefix([], [1]), 0)
  t.equal(commonPrefix([1, 2, 3], [1, 2, 3, 4]), 3)
  t.equal(commonPrefix([1, 2, 3, 4], [1, 2, 3]), 3)
  t.equal(commonPrefix([1, 2, 3], [1, 5, 3]), 1)
})

t.test('rows: 0 is the same, 1 has nothing in common, NaN is neither', async t => {
  t.equal(rowDistance([0.25, 0.75], [0.25, 0.75]), 0)
  t.equal(rowDistance([1, 0], [0, 1]), 1)
  t.equal(rowDistance([0.5, 0.25, 0.25], [0.5, 0.25]), 0, 'of the keys that both have')
  t.ok(Number.isNaN(rowDistance([0.5, Number.NaN], [0.5, 0.5])))
})

t.test('the table names every peer: measured, absent and failed', async t => {
  const [one] = rates([10], 2048)
  const [other] = rates([5], 2048)
  if (one === undefined || other === undefined) throw new Error('no measurement')
  const text = table(
    [
      { name: 'cot-prune', rounds: [{ ...one, tokens: [1, 2, 3] }] },
      { name: 'other', rounds: [{ ...other, tokens: [1, 2, 4, 5] }] },
      { name: 'missing', absent: 'npm install it' },
      { name: 'broken', failed: 'out of memory (1)' },
    ],
    'tokens/s',
  )
  const lines = text.split('\n')
  t.equal(lines.length, 6)
  t.equal(new Set(lines.slice(0, 4).map(line => line.split('|').length)).size, 1, 'columns')
  t.match(lines[2], /^\| cot-prune \| 10 \|/)
  t.match(lines[3], /^\| other \| 5 \|.* 2 times as fast .* 1 times .* 2 of 3 tokens the same/)
  t.equal(lines[4], 'missing: absent. Set it up: npm install it')
  t.equal(lines[5], 'broken: failed. out of memory (1)')
})
