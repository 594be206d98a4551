import t from 'tap'
import { randomNumbers } from '../../dist/base/random.js'
import { mulberry32 } from '../support/random.mjs'

t.test('the same seed gives the same numbers, those of the reference', async t => {
  for (const seed of [0, 1, 2 ** 32 - 1]) {
    const reference = mulberry32(seed)
    const expected = Array.from({ length: 100 }, () => reference.next())
    t.strictSame(randomNumbers(100, seed), expected)
  }
  t.notSame(randomNumbers(5, 1), randomNumbers(5, 2))
  t.strictSame(randomNumbers(0, 1), [])
})
