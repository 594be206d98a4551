/** Scores that need no model: closed forms, and scorers of one's own. */

import t from 'tap'
import {
  prune,
  readTrace,
  type Scorer,
  type SegmentedTrace,
  scoreWith,
  segment,
} from '../../dist/index.js'
import { call } from '../support/call.js'
import { fakeSteps, fakeTrace } from '../support/fake-trace.js'

const trace = fakeSteps(['first', 'second', 'third', 'fourth'])

t.test('recency, length and confidence are what they say', async t => {
  t.strictSame(scoreWith(trace, 'recency').scores, [0, 1, 2, 3])
  const made = segment(fakeTrace(['a', 'b', '\n\n', 'c', '\n\n', 'd', 'e', 'f']), {
    minCharacters: 0,
  })
  t.strictSame(scoreWith(made, 'length').scores, [3, 2, 3])
  const mean = (from: number, to: number) => {
    const of = made.logprobs.slice(from, to)
    return of.reduce((sum, value) => sum + value, 0) / of.length
  }
  const expected = [mean(0, 3), mean(3, 5), mean(5, 8)].map(Math.exp)
  for (const [i, score] of scoreWith(made, 'confidence').scores.entries()) {
    t.ok(Math.abs(score - (expected[i] ?? Number.NaN)) < 1e-12)
  }
})

t.test('random is seeded, different for other seeds, and spread over [0, 1)', async t => {
  const many = fakeSteps(Array.from({ length: 2000 }, (_, i) => `step ${i}`))
  const { scores, scoring } = scoreWith(many, 'random', { seed: 7 })
  t.strictSame(scoring, { kind: 'plain', scorer: 'random', seed: 7 })
  t.strictSame(scoreWith(many, 'random', { seed: 7 }).scores, scores)
  t.notSame(scoreWith(many, 'random', { seed: 8 }).scores, scores)
  const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length
  t.ok(Math.abs(mean - 0.5) < 0.03, `mean ${mean}`)
  t.ok(scores.every(score => score >= 0 && score < 1))
})

t.test('a scored trace reads back, and what an earlier scoring left is gone', async t => {
  const tokenScores = trace.tokens.map(() => 1)
  const pruned = prune(scoreWith(trace, 'recency'), { keep: 1 })
  const earlier = { ...pruned, headScores: [], tokenScores }
  for (const name of ['random', 'recency', 'length', 'confidence'] as const) {
    const scored = scoreWith(earlier, name)
    const stale = Object.keys(scored).filter(key => /^(head|token)Scores$|^kept$/.test(key))
    t.strictSame(stale, [], name)
    t.doesNotThrow(() => readTrace(JSON.parse(JSON.stringify(scored))), name)
  }
})

t.test('a scorer may be an object of a class', async t => {
  class Constant implements Scorer {
    readonly name = 'constant'
    readonly value = 7
    score({ steps }: SegmentedTrace) {
      return steps.map(() => this.value)
    }
  }
  t.strictSame(scoreWith(trace, new Constant()).scores, [7, 7, 7, 7])
})

t.test("a scorer of one's own: one function", async t => {
  const vowels: Scorer = {
    name: 'vowels',
    score: ({ steps }) => steps.map(({ text }) => text.match(/[aeiou]/g)?.length ?? 0),
  }
  const { scores, scoring } = scoreWith(trace, vowels)
  t.strictSame(scores, [1, 2, 1, 2])
  t.match(scoring, { kind: 'plain', scorer: 'vowels' })
})

t.test('bad scorers are named', async t => {
  const returns = (scores: unknown) => () =>
    call(scoreWith, trace, { name: 'mine', score: () => scores })
  for (const scores of [[], [1, 2, 3], 'no', null, [1, 2, 3, Number.NaN], [1, 2, 3, -1]]) {
    t.throws(returns(scores), { code: 'ERR_INVALID_ARG_VALUE', message: /scorer 'mine'/ })
  }
  t.throws(() => call(scoreWith, trace, 'nothing'), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => call(scoreWith, trace, { name: 'mine' }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => scoreWith(trace, 'random', { seed: -1 }), { code: 'ERR_OUT_OF_RANGE' })
  const none: SegmentedTrace = { ...trace, steps: [] }
  t.throws(() => scoreWith(none, 'recency'), { code: 'ERR_NO_STEPS' })
  t.throws(() => call(scoreWith, fakeTrace(['a']), 'recency'), { code: 'ERR_TRACE_INVALID' })
})
