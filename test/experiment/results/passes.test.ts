/** Several samples of each problem: pass@k, majorities, and intervals over problems. */

import t from 'tap'
import { clusteredInterval, passAtK, summarizePasses } from '../../../dist/experiment/index.js'
import { pairedDifference } from '../../../dist/experiment/results/compare.js'
import { wilson } from '../../../dist/experiment/results/statistics.js'
import { fakeResults } from '../../support/fake-results.js'

/** By counting all choices of k samples. */
function counted(n: number, c: number, k: number): number {
  let [right, all] = [0, 0]
  for (let chosen = 0; chosen < 2 ** n; chosen++) {
    const samples = Array.from({ length: n }, (_, i) => (chosen >> i) & 1)
    if (samples.reduce((a, b) => a + b) !== k) continue
    all++
    if (samples.some((taken, i) => taken === 1 && i < c)) right++
  }
  return right / all
}

t.test('pass@k is the share of choices of k samples that have a right one', async t => {
  for (const n of [1, 2, 5, 8]) {
    for (let c = 0; c <= n; c++) {
      for (let k = 1; k <= n; k++) {
        const difference = Math.abs(passAtK(n, c, k) - counted(n, c, k))
        t.ok(difference <= 1e-12, `${n} ${c} ${k}: ${difference}`)
      }
    }
  }
  t.ok(Number.isNaN(passAtK(3, 1, 4)), 'there are not so many')
})

/** Rows of `right` (a list of booleans) and `said`, sample by sample, for each problem. */
const resultsOf = (
  problems: readonly (readonly (readonly [string | null, boolean | null])[])[],
) => {
  const [made] = fakeResults({
    problems: 1,
    steps: 2,
    textOf: () => 'a step',
    methods: ['attention'],
  })
  const row = made?.thresholds[0]
  if (made === undefined || row === undefined) throw new Error('no result')
  return problems.flatMap((samples, index) =>
    samples.map(([predicted, correct], sample) => ({
      ...made,
      index,
      sample,
      thresholds: [{ ...row, predicted, correct }],
    })),
  )
}

t.test('one sample each has no pass@k', async t => {
  t.strictSame(summarizePasses(resultsOf([[['7', true]], [['8', false]]])), [])
  t.strictSame(summarizePasses([]), [])
})

t.test('pass@1, pass@k and cons@k, with n and k', async t => {
  const right = (n: number, wrong: readonly (string | null)[]) => [
    ...Array.from({ length: n }, () => ['7', true] as const),
    ...wrong.map(answer => [answer, false] as const),
  ]
  const results = resultsOf([
    right(3, ['8']),
    right(1, ['8', '8.0', '9']), // the majority is wrong, in two spellings
    right(2, ['8', '08']), // as many say one as the other
    right(0, [null, null, null, '5']),
  ])
  const [summary] = summarizePasses(results)
  t.match(summary, { problems: 4, samples: 4, method: 'attention' })
  t.strictSame(
    summary?.passes.map(({ k }) => k),
    [1, 2, 4],
  )
  const shares = summary?.passes.map(({ share }) => share ?? Number.NaN) ?? []
  const expected = [1, 2, 4].map(
    k => [3, 1, 2, 0].reduce((sum, c) => sum + counted(4, c, k), 0) / 4,
  )
  for (const [i, share] of shares.entries()) t.ok(Math.abs(share - (expected[i] ?? 0)) <= 1e-12)
  t.equal(summary?.majority.share, (1 + 0 + 0.5 + 0) / 4)
})

t.test('problems without a known answer are left out', async t => {
  const open = [
    ['7', null],
    ['7', null],
  ] as const
  const known = [
    ['7', true],
    ['8', false],
  ] as const
  t.match(summarizePasses(resultsOf([open, known])), [{ problems: 1, samples: 2 }])
  t.match(summarizePasses(resultsOf([open])), [{ problems: 0, samples: 0, passes: [] }])
})

t.test('intervals are over problems, not over samples', async t => {
  // ten problems, each all right or all wrong: a hundred samples say no more than ten
  const values = Array.from({ length: 10 }, (_, i) => Number(i < 5))
  const interval = clusteredInterval(values) ?? [Number.NaN, Number.NaN]
  const [low, high] = wilson(50, 100) ?? [Number.NaN, Number.NaN]
  t.ok(interval[1] - interval[0] > 2 * (high - low), `${interval} is wider than ${[low, high]}`)
  t.strictSame(clusteredInterval(values), interval, 'seeded')
  t.equal(clusteredInterval([]), null)
})

t.test('samples of one problem are one pair of a difference', async t => {
  const rows = (correct: readonly boolean[]) =>
    correct.map((right, i) => ({ correct: right, index: Math.floor(i / 2) }))
  const difference = pairedDifference(
    rows([true, true, true, false, false, false]),
    rows([false, false, true, false, false, true]),
  )
  t.match(difference, { gained: 1, lost: 1 })
  t.ok(Math.abs((difference?.accuracy ?? Number.NaN) - (1 + 0 - 0.5) / 3) <= 1e-12)
})
