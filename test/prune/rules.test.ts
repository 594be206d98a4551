/** TRAAC's uniformity, token budgets, what is protected, and rules of one's own. */

import t from 'tap'
import { type CustomRule, prune, readTrace } from '../../dist/index.js'
import { uniformityOf } from '../../dist/prune/rules/uniformity.js'
import type { PruneOptions, ScoredTrace } from '../../types/public.js'
import { call } from '../support/call.js'
import { fakeScored, fakeTrace } from '../support/fake-trace.js'
import { mulberry32, testSeed } from '../support/random.mjs'

const seed = testSeed()
t.comment(`COT_PRUNE_SEED=${seed}`)

const ones = (count: number) => Array.from({ length: count }, () => 1)

/** Scores, u, and how many steps go for ρ 0.6, 0.4 and 0.2: what TRAAC's released code gives. */
const golden: readonly (readonly [number[], number, readonly [number, number, number]])[] = [
  [[8, 1, 1], 0.581672, [0, 0, 0]],
  [[100, ...ones(9)], 0.202564, [4, 3, 1]],
  [[100, ...ones(59)], 0.530627, [16, 11, 5]],
  [[500, ...ones(59)], 0.187445, [29, 19, 9]],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.93429, [0, 0, 0]],
  [[5, 4, 3, 2, 1], 0.9256, [0, 0, 0]],
  [[1, 0, 0, 0], 0, [2, 1, 0]],
]

t.test('uniformity: the golden values of TRAAC', async t => {
  for (const [scores, u, removed] of golden) {
    t.ok(Math.abs(uniformityOf(scores) - u) < 5e-5, `${uniformityOf(scores)} is ${u}`)
    const found = [0.6, 0.4, 0.2].map(
      uniformity => prune(fakeScored(scores), { uniformity }).removed.length,
    )
    t.strictSame(found, removed, `${scores.slice(0, 3)}… of ${scores.length}`)
  }
  t.equal(uniformityOf([3]), 1, 'one step')
  t.equal(uniformityOf([0, 0]), 1, 'no mass')
  const most = prune(fakeScored([1, ...Array.from({ length: 99 }, () => 0)]), { uniformity: 1 })
  t.equal(most.removed.length, 80, 'never more than 0.8 of them')
})

/** Three steps of 3, 2 and 4 tokens with these scores, and a score for each token. */
function uneven(scores: readonly number[], tokenScores?: readonly number[]): ScoredTrace {
  const trace = fakeTrace(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])
  const step = (index: number, tokenStart: number, tokenEnd: number) => ({
    index,
    text: trace.text.slice(tokenStart, tokenEnd),
    ...{ tokenStart, tokenEnd, charStart: tokenStart, charEnd: tokenEnd },
  })
  const steps = [step(0, 0, 3), step(1, 3, 5), step(2, 5, 9)]
  const { scoring } = fakeScored([1])
  const scored = { ...trace, splitter: 'paragraph', steps, scores, scoring }
  return tokenScores === undefined ? scored : { ...scored, tokenScores }
}

t.test(
  'token-budget: whole lowest steps while they fit, then lowest tokens of the next',
  async t => {
    const tokens = [5, 1, 4, 9, 9, 2, 8, 3, 7]
    const trace = uneven([1, 2, 3], tokens)
    const left = (tokenBudget: number) => prune(trace, { tokenBudget })
    t.match(left(9), { kept: [0, 1, 2], removedTokens: [], prunedText: 'abc\n\nde\n\nfghi' })
    t.match(left(8), { kept: [0, 1, 2], removedTokens: [{ start: 1, end: 2 }] })
    t.equal(left(8).prunedText, 'ac\n\nde\n\nfghi')
    t.match(left(6), { kept: [1, 2], removed: [0], removedTokens: [{ start: 0, end: 3 }] })
    t.match(left(4), { kept: [2], removedTokens: [{ start: 0, end: 5 }] })
    const some = left(2)
    const [first, ...rest] = some.removedTokens
    t.strictSame(
      [first, ...rest],
      [
        { start: 0, end: 6 },
        { start: 7, end: 8 },
      ],
    )
    t.equal(some.prunedText, 'gi')
    t.strictSame(some.prunedTokens, [1006, 1008])
    t.strictSame(prune(uneven([1, 2, 3]), { tokenBudget: 7 }).prunedText, 'a\n\nde\n\nfghi')
    t.doesNotThrow(() => readTrace(JSON.parse(JSON.stringify(some))))
  },
)

t.test('token-budget: exactly the budget is left, whatever the scores', async t => {
  const random = mulberry32(seed)
  for (let round = 0; round < 300; round++) {
    const scores = Array.from({ length: 1 + random.integer(12) }, () => random.integer(4))
    const trace = fakeScored(scores)
    const tokenBudget = 1 + random.integer(25)
    const { prunedTokens, kept, removed } = prune(trace, { tokenBudget })
    const expected = Math.min(tokenBudget, trace.tokens.length)
    if (prunedTokens.length !== expected) t.equal(prunedTokens.length, expected)
    const lowest = Math.min(...kept.map(i => scores[i] ?? 0))
    if (removed.some(i => (scores[i] ?? 0) > lowest)) t.fail(`${scores}: ${kept}`)
  }
  t.pass('all of them')
})

t.test('protected: first and last, a predicate, and as a part of a budget', async t => {
  const scores = [1, 5, 2, 4, 3]
  const kept = (options: PruneOptions) => prune(fakeScored(scores), options).kept
  t.strictSame(kept({ keep: 1, protect: { first: 1, last: 2 } }), [0, 1, 3, 4])
  t.strictSame(kept({ keep: 1, protect: { last: 9 } }), [0, 1, 2, 3, 4])
  t.strictSame(kept({ keep: 1, protect: ({ text }) => text === 'step 2' }), [1, 2])
  const budget = prune(uneven([1, 2, 3]), { tokenBudget: 5, protect: [0] })
  t.strictSame(budget.kept, [0, 2], 'the lowest step stays, the next ones go')
  t.equal(budget.prunedText, 'abc\n\nfg')
  const all = prune(uneven([1, 2, 3]), { tokenBudget: 1, protect: { first: 3 } })
  t.equal(all.prunedTokens.length, 9, 'what is protected is never touched')
})

t.test("a rule of one's own: one function", async t => {
  const even: CustomRule = {
    name: 'even',
    keep: (_, steps) => steps.map(({ index }) => index % 2 === 0),
  }
  const result = prune(fakeScored([1, 2, 3]), { rule: even, protect: [1] })
  t.match(result, { rule: { name: 'even', value: null }, kept: [0, 1, 2] })
  t.strictSame(prune(fakeScored([1, 2, 3]), { rule: even }).removed, [1])
  t.doesNotThrow(() => readTrace(JSON.parse(JSON.stringify(result))))
})

t.test('bad rules, budgets and protections are named', async t => {
  const give = (options: object) => () => call(prune, fakeScored([1, 2, 3]), options)
  for (const wrong of [[], [true], ['x', 'y', 'z'], null]) {
    const rule = { name: 'mine', keep: () => wrong }
    t.throws(give({ rule }), { code: 'ERR_INVALID_ARG_VALUE', message: /rule 'mine'/ })
  }
  for (const rule of [null, 'mine', {}, { name: '', keep: () => [] }, { name: 'mine' }]) {
    t.throws(give({ rule }), { code: 'ERR_INVALID_ARG_TYPE', message: /options\.rule/ })
  }
  for (const tokenBudget of [0, -1, 1.5, Number.NaN]) {
    t.throws(give({ tokenBudget }), { code: 'ERR_OUT_OF_RANGE', message: /options\.tokenBudget/ })
  }
  t.throws(give({ uniformity: 1.1 }), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(give({ keep: 1, tokenBudget: 1 }), { code: 'ERR_INVALID_ARG_VALUE' })
  const protect = { code: 'ERR_OUT_OF_RANGE', message: /options\.protect\.last/ }
  t.throws(give({ keep: 1, protect: { last: -1 } }), protect)
  t.throws(give({ keep: 1, protect: { lust: 1 } }), { code: 'ERR_UNKNOWN_OPTION' })
})
