/** Loops: what is one, what is none. */

import t from 'tap'
import { endsInLoop } from '../../dist/generate/looping.js'
import { mulberry32, testSeed } from '../support/random.mjs'
import { openTiny } from '../support/session.js'

/** By its definition: some span, three times or more at the end, 64 tokens of it at least. */
function slow(tokens: readonly number[]): boolean {
  const { length } = tokens
  for (let period = 1; period <= length / 3; period++) {
    let repeated = period
    while (
      repeated < length &&
      tokens[length - 1 - repeated] === tokens[length - 1 - repeated + period]
    ) {
      repeated++
    }
    if (repeated >= 3 * period && repeated >= 64) return true
  }
  return false
}

const range = (length: number) => Array.from({ length }, (_, i) => i)

t.test('a span over and over is a loop, whatever came before', async t => {
  for (const period of [1, 2, 7, 40]) {
    const turns = Math.max(3, Math.ceil(64 / period))
    const loop = range(period * turns).map(i => 1000 + (i % period))
    t.ok(endsInLoop([...range(50), ...loop]), `period ${period}`)
    t.ok(endsInLoop([...range(50), ...loop, 1000]), 'cut in the middle of a turn')
    t.notOk(endsInLoop([...loop, 5]), 'out of the loop')
    t.notOk(endsInLoop([...range(50), ...loop.slice(0, 2 * period)]), 'twice is none')
  }
  t.notOk(endsInLoop([]))
  t.notOk(endsInLoop(range(500)))
  t.notOk(endsInLoop(Array(63).fill(3)))
  t.ok(endsInLoop(Array(64).fill(3)))
})

t.test('the fast way says what the definition says', async t => {
  const seed = testSeed()
  const { next } = mulberry32(seed)
  t.comment(`COT_PRUNE_SEED=${seed}`)
  let loops = 0
  for (let round = 0; round < 400; round++) {
    const period = 1 + Math.floor(30 * next())
    const span = range(period).map(() => Math.floor(3 * next()))
    const tail = range(Math.floor(150 * next())).map(i => span[i % period] ?? 0)
    const tokens = [...range(Math.floor(60 * next())).map(() => Math.floor(3 * next())), ...tail]
    if (next() < 0.3 && tokens.length > 0) tokens[tokens.length - 1 - Math.floor(20 * next())] = 1
    const expected = slow(tokens)
    loops += Number(expected)
    if (endsInLoop(tokens) !== expected) t.fail(`round ${round}: ${tokens}`)
  }
  t.ok(loops > 50 && loops < 350, `${loops} of 400 are loops`)
})

t.test('a trace that was cut in a loop says so, one that was cut elsewhere does not', async t => {
  const stuck = await openTiny(t, {}, { bias: { a: 60 } })
  const trace = await stuck.session.generate('Go on.', { maxTokens: 100 }).finish()
  t.match(trace, { finish: 'length', looping: true })
  const free = await openTiny(t)
  const other = await free.session.generate('Go on.', { maxTokens: 100, temperature: 1 }).finish()
  t.equal(other.finish, 'length')
  t.notOk('looping' in other)
})
