import t from 'tap'
import { prune } from '../../dist/prune/prune.js'
import { rules } from '../../dist/prune/rules/index.js'
import type { PruneOptions, ScoredTrace } from '../../types/public.js'
import { call } from '../support/call.js'
import { fakeScored } from '../support/fake-trace.js'
import { mulberry32, testSeed } from '../support/random.mjs'

const seed = testSeed()
t.comment(`COT_PRUNE_SEED=${seed}`)

const keptBy = (scores: readonly number[], options: PruneOptions) =>
  prune(fakeScored(scores), options).kept

t.test('threshold keeps what reaches the percentile, ties together', async t => {
  const scores = [0.1, 0.4, 0.2, 0.3]
  t.strictSame(keptBy(scores, { threshold: 0 }), [0, 1, 2, 3])
  // The median is 0.25; the 75th percentile 0.325.
  t.strictSame(keptBy(scores, { threshold: 0.5 }), [1, 3])
  t.strictSame(keptBy(scores, { threshold: 0.75 }), [1])
  t.strictSame(keptBy(scores, { threshold: 1 }), [1])
  t.strictSame(keptBy([1, 1, 1], { threshold: 1 }), [0, 1, 2])
  t.strictSame(keptBy([0, 5, 5], { threshold: 0.9 }), [1, 2])
})

t.test('ratio removes floor(ratio·n + 1e-9) of them: 0.9 × 10 leaves one', async t => {
  const ten = [3, 1, 4, 1.5, 9, 2, 6, 5, 3.5, 8]
  t.strictSame(keptBy(ten, { ratio: 0.9 }), [4])
  t.strictSame(keptBy(ten, { ratio: 0.89 }), [4, 9])
  t.strictSame(keptBy(ten, { ratio: 0.1 }), [0, 2, 3, 4, 5, 6, 7, 8, 9])
  t.strictSame(keptBy(ten, { ratio: 0.09 }).length, 10)
  t.strictSame(keptBy(ten, { ratio: 0 }).length, 10)
  t.strictSame(keptBy(ten, { ratio: 1 }), [4], 'one is left')
  t.equal(0.29 * 100 < 29, true, 'the case that the 1e-9 is for')
  const hundred = Array.from({ length: 100 }, (_, i) => i)
  t.equal(keptBy(hundred, { ratio: 0.29 }).length, 71)
})

t.test('keep takes the highest, all where there are no more', async t => {
  t.strictSame(keptBy([1, 3, 2], { keep: 1 }), [1])
  t.strictSame(keptBy([1, 3, 2], { keep: 2 }), [1, 2])
  t.strictSame(keptBy([1, 3, 2], { keep: 99 }), [0, 1, 2])
})

t.test('of equal scores the later is removed first', async t => {
  t.strictSame(keptBy([1, 1, 1, 1], { ratio: 0.5 }), [0, 1])
  t.strictSame(keptBy([1, 1, 1, 1], { keep: 3 }), [0, 1, 2])
  t.strictSame(keptBy([0, 1, 0, 1], { keep: 3 }), [0, 1, 3])
  t.strictSame(keptBy([0, 0], { ratio: 1 }), [0])
})

t.test('ratio and keep agree with removing one lowest step after another', async t => {
  const random = mulberry32(seed)
  for (let round = 0; round < 300; round++) {
    const n = 1 + random.integer(15)
    const scores = Array.from({ length: n }, () => random.integer(5) / 4)
    const count = 1 + random.integer(n)
    const left = new Set(scores.keys())
    while (left.size > count) {
      let worst = -1
      for (const i of left) {
        if (worst < 0 || (scores[i] ?? 0) <= (scores[worst] ?? 0)) worst = i
      }
      left.delete(worst)
    }
    const expected = [...left]
    t.strictSame(keptBy(scores, { keep: count }), expected)
    t.strictSame(keptBy(scores, { ratio: (n - count) / n }), expected)
  }
})

t.test(
  'every rule is pure, keeps at least one step and never a lower one before a higher',
  async t => {
    const random = mulberry32(seed + 1)
    for (const [name, rule] of Object.entries(rules)) {
      t.strictSame(rule([], 1), [], `${name} of nothing`)
      for (let round = 0; round < 200; round++) {
        const scores = Array.from({ length: 1 + random.integer(20) }, () => random.next())
        const before = [...scores]
        const value = name === 'keep' ? 1 + random.integer(20) : random.next()
        const mask = rule(scores, value)
        const kept = scores.filter((_, i) => mask[i])
        const removed = scores.filter((_, i) => !mask[i])
        const ordered = Math.min(...kept) > Math.max(...removed)
        const same = JSON.stringify(before) === JSON.stringify(scores)
        const valid = mask.length === scores.length && kept.length > 0 && ordered && same
        if (!valid) t.fail(`${name} ${value} of ${scores}`)
      }
      t.throws(() => rule([1, Number.NaN], 1), { code: 'ERR_NOT_FINITE' }, name)
    }
  },
)

t.test('protected steps stay in addition to those the rule keeps', async t => {
  const scores = [1, 5, 2, 4, 3]
  t.strictSame(keptBy(scores, { keep: 2, protect: [0, -1] }), [0, 1, 3, 4])
  t.strictSame(keptBy(scores, { keep: 2, protect: [1, 1, -4] }), [1, 3])
  t.strictSame(keptBy(scores, { ratio: 1, protect: [-5, 4] }), [0, 1, 4])
  for (const index of [5, -6]) {
    t.throws(() => keptBy(scores, { keep: 1, protect: [0, index] }), {
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: /^options\.protect\[1\] must be a step index from -5 to 4\. Received/,
    })
  }
})

t.test('the result has the kept text and the kept tokens exactly as generated', async t => {
  const trace = fakeScored([3, 1, 2])
  const result = prune(trace, { keep: 2 })
  t.strictSame(result.rule, { name: 'keep', value: 2 })
  t.strictSame(result.kept, [0, 2])
  t.strictSame(result.removed, [1])
  t.equal(result.prunedText, 'step 0\n\nstep 2')
  // A token for each step and one for each blank line between them.
  t.strictSame(result.prunedTokens, [1000, 1001, 1004])
  t.strictSame(prune(trace, { keep: 3 }).prunedTokens, trace.tokens)
  t.strictSame(prune(trace, { ratio: 0.5 }).rule, { name: 'ratio', value: 0.5 })
  t.strictSame(prune(trace, { threshold: 0.5 }).rule, { name: 'threshold', value: 0.5 })
})

t.test('the result is data, prunes again, and the trace is as it was', async t => {
  const trace = fakeScored([3, 1, 2])
  const before = structuredClone(trace)
  const once = prune(trace, { keep: 1 })
  t.strictSame(trace, before)
  t.strictSame(structuredClone(once), once)
  t.strictSame(prune(once, { keep: 2 }), prune(trace, { keep: 2 }))
})

t.test('ten thousand steps are pruned by every rule', async t => {
  const random = mulberry32(seed + 2)
  const trace = fakeScored(Array.from({ length: 10_000 }, () => random.next()))
  const options: readonly PruneOptions[] = [{ threshold: 0.5 }, { ratio: 0.5 }, { keep: 5000 }]
  for (const option of options) {
    const start = performance.now()
    t.equal(prune(trace, option).kept.length, 5000)
    t.comment(`${JSON.stringify(option)}: ${(performance.now() - start).toFixed(1)} ms`)
  }
})

t.test('traces that cannot be pruned are errors with a code', async t => {
  const trace = fakeScored([1, 2])
  const cases: readonly (readonly [Partial<ScoredTrace> | object, string])[] = [
    [{ ...trace, steps: [], scores: [] }, 'ERR_NO_STEPS'],
    [{ ...trace, scores: [1] }, 'ERR_TRACE_INVALID'],
    [{ ...trace, scores: undefined }, 'ERR_TRACE_INVALID'],
    [{}, 'ERR_TRACE_INVALID'],
    [{ ...trace, scores: [1, Number.NaN] }, 'ERR_NOT_FINITE'],
    [{ ...trace, scores: [1, Infinity] }, 'ERR_NOT_FINITE'],
  ]
  for (const [wrong, code] of cases) {
    t.throws(() => call(prune, wrong, { keep: 1 }), { name: 'CotPruneError', code })
  }
})
