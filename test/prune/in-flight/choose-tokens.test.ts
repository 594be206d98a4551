/** Bookkeeping of pruning in flight, without a model: which tokens are cached, and which go. */

import t from 'tap'
import { CachedTrace } from '../../../dist/prune/in-flight/cached-trace.js'
import { cachedSteps, chooseTokens } from '../../../dist/prune/in-flight/choose-tokens.js'

const step = (index: number, tokenStart: number, tokenEnd: number) => ({
  index,
  text: '',
  tokenStart,
  tokenEnd,
  charStart: 0,
  charEnd: 0,
})

/** Three finished steps of 10 tokens, and an unfinished one of 5. */
const steps = [step(0, 0, 10), step(1, 10, 20), step(2, 20, 30), step(3, 30, 35)]
const cachedOf = (count: number) => {
  const cached = new CachedTrace(7)
  cached.append(count)
  return cached
}
const sorted = (ranks: ReadonlySet<number>) => [...ranks].sort((a, b) => a - b)
const range = (start: number, end: number) =>
  Array.from({ length: end - start }, (_, i) => start + i)

t.test('cached tokens: positions stay, ranks close up, and what went comes back', async t => {
  const cached = cachedOf(6)
  t.strictSame(cached.positions, [7, 8, 9, 10, 11, 12])
  const gone = cached.evict(new Set([1, 2, 4]))
  t.strictSame(gone.tokens, [
    { start: 1, end: 3 },
    { start: 4, end: 5 },
  ])
  t.strictSame(gone.positions, [
    { start: 8, end: 10 },
    { start: 11, end: 12 },
  ])
  cached.append(2)
  t.strictSame(cached.tokens, [0, 3, 5, 6, 7])
  t.strictSame(cached.positions, [7, 10, 12, 13, 14])
  t.strictSame(
    [0, 1, 3, 4, 9].map(token => cached.rank(token)),
    [0, 1, 1, 2, 5],
  )
  cached.restore(gone)
  t.strictSame(cached.tokens, range(0, 8))
  t.equal(cached.peak, 15)
  cached.evict(new Set([0]))
  cached.closeGaps()
  t.strictSame(cached.positions, range(7, 14))
  cached.append(1)
  t.equal(cached.positions.at(-1), 14)
})

t.test('finished steps with something cached, in ranks; the last step is unfinished', async t => {
  const cached = cachedOf(35)
  cached.evict(new Set([...range(0, 10), 12]))
  t.strictSame(
    cachedSteps(steps, cached).map(of => [of.step, of.index, of.tokenStart, of.tokenEnd]),
    [
      [1, 0, 0, 9],
      [2, 1, 9, 19],
    ],
  )
  t.strictSame(cachedSteps([], cached), [])
})

t.test('whole lowest steps first, then the lowest tokens of one more', async t => {
  const cached = cachedOf(35)
  const all = cachedSteps(steps, cached)
  const tokenScores = range(0, 35).map(rank => rank % 10)
  const scores = { scores: [2, 1, 3], tokenScores }
  const choose = (ratio: number, window = 0) =>
    sorted(chooseTokens(all, scores, cached, { budget: { ratio }, window, remnant: 0 }))
  t.strictSame(choose(0), [])
  t.strictSame(choose(1 / 3), range(10, 20))
  t.strictSame(choose(0.5), [...range(0, 5), ...range(10, 20)])
  t.strictSame(choose(1), range(0, 30))
  t.strictSame(choose(1, 6), range(0, 20), 'a step that reaches into the window stays')
  t.strictSame(choose(1, 35), [], 'all of them do')
})

t.test('a cap counts the unfinished step, and takes what it can', async t => {
  const cached = cachedOf(35)
  const all = cachedSteps(steps, cached)
  const capped = (tokens: number) =>
    chooseTokens(all, { scores: [2, 1, 3] }, cached, { budget: { tokens }, window: 0, remnant: 0 })
  t.equal(capped(35).size, 0)
  t.equal(capped(25).size, 10)
  t.strictSame(sorted(capped(24)), [9, ...range(10, 20)], 'without token scores the last ones go')
  t.equal(capped(1).size, 30, 'the unfinished step is not touched')
})

t.test('tokens that stay do so even where their step goes', async t => {
  const cached = cachedOf(35)
  const all = cachedSteps(steps, cached)
  const stays = range(0, 35).map(rank => rank === 12 || rank === 13)
  const choose = (ratio: number) =>
    sorted(
      chooseTokens(all, { scores: [2, 1, 3], stays }, cached, {
        budget: { ratio },
        window: 0,
        remnant: 0,
      }),
    )
  const lowest = [10, 11, ...range(14, 20)]
  t.strictSame(choose(0.27), lowest, 'eight tokens: the lowest step, but for them')
  t.strictSame(choose(1), [...range(0, 10), ...lowest, ...range(20, 30)])
})

t.test('a remnant of every step stays: its last tokens', async t => {
  const cached = cachedOf(35)
  const all = cachedSteps(steps, cached)
  const choose = (ratio: number, tokenScores?: readonly number[]) =>
    sorted(
      chooseTokens(all, { scores: [2, 1, 3], ...(tokenScores && { tokenScores }) }, cached, {
        budget: { ratio },
        window: 0,
        remnant: 4,
      }),
    )
  t.strictSame(choose(0.2), range(10, 16), 'six tokens: the lowest step, but for its last four')
  t.strictSame(choose(0.4), [...range(0, 6), ...range(10, 16)], 'and as much of the next one')
  t.strictSame(choose(1), [...range(0, 6), ...range(10, 16), ...range(20, 26)], 'no step is gone')
  const first = range(0, 35).map(rank => -rank)
  t.strictSame(choose(0.2, first), range(10, 16), 'whatever the scores of its tokens')
  cached.evict(new Set(range(10, 16)))
  const left = cachedSteps(steps, cached)
  const { size } = chooseTokens(left, { scores: [2, 1, 3] }, cached, {
    budget: { ratio: 1 },
    window: 0,
    remnant: 4,
  })
  t.equal(size, 12, 'and of a remnant nothing goes any more')
})
