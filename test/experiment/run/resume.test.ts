/** Experiments that resume cut traces, and that hide answers: rows, floor, what is judged, and what is said in words. */

import t from 'tap'
import {
  type ExperimentOptions,
  summarize,
  summaryContext,
} from '../../../dist/experiment/index.js'
import { derivedAgain, pruneHidden } from '../../../dist/experiment/run/subject.js'
import { scoreWith, segment } from '../../../dist/index.js'
import { renderTable } from '../../../dist/report/index.js'
import { dataset, only, run } from '../../support/fake-experiment.js'
import { fakeSession, fakeTrace } from '../../support/fake-session.js'

const steps = ['aaaa 11 aaaa', 'bbbb 22 bbbb', 'cccc 33 cccc', 'dddd 44 dddd', 'So it is 7.']
const thought = `<think>\n${steps.join('\n\n')}\n</think>\n\n\\boxed{7}`
const scoreOf = (text: string) => ({ a: 4, b: 3, c: 2, d: 1 })[text.charAt(0)] ?? 0
const resume = {
  evaluation: 'resume',
  thresholds: [0.5],
  methods: ['attention', 'random'],
} as const

t.test('rows: the cut trace unpruned, pruned, and nothing kept; the newest step stays', async t => {
  const { session, results } = await run(
    {
      reply: () => thought,
      score: scoreOf,
      evaluate: text => (text === '' ? '\\boxed{8}' : `${text} 22 \\boxed{7}`),
    },
    { dataset: dataset({}), ...resume },
  )
  const result = only(results)
  t.equal(result.steps.length, 4, 'the step that states the answer is gone')
  t.strictSame(
    result.thresholds.map(({ method, threshold }) => [method, threshold]),
    [
      ['attention', 0],
      ['attention', 0.5],
      ['random', 0],
      ['random', 0.5],
      ['nothing kept', 1],
    ],
  )
  for (const { kept, threshold, source } of result.thresholds) {
    t.equal(source, 'evaluation', 'every row is asked alike')
    if (threshold < 1) t.ok(kept.includes(3), 'the newest step')
  }
  t.strictSame(result.thresholds.at(-1)?.kept, [])
  t.match(session.batches[0]?.options, {
    mode: 'resume',
    maxTokens: Math.max(512, 2 * thought.length),
  })
  t.match(result.thresholds[0], { correct: true, resumed: { tokens: 5, finish: 'end' } })
  const summary = summarize(results, contextOf(resume))
  t.match(summary.cut, 'before-answer')
  t.match(summary.thresholds.at(-1), {
    method: 'nothing kept',
    correct: 0,
    tokensToFinish: 5,
    overNothing: null,
  })
  t.match(summary.thresholds[1], { overNothing: { accuracy: 1, gained: 1, lost: 0 } })
  const table = await renderTable(summary)
  t.match(table, /Tokens to finish/)
  t.match(table, /cut before the first step that states the answer.*no row has seen the answer/)
  t.match(
    table,
    /Unpruned, 1 of 1 are right after 5 tokens; from the problem alone 0 of 1 after 5 tokens\./,
  )
  t.match(table, /Not shown, for 1 problems: a difference of attention and random/)
})

const contextOf = (options: Partial<ExperimentOptions>) =>
  summaryContext({ session: fakeSession({ reply: () => '' }), dataset: dataset({}), ...options })

t.test('a problem of which nothing is left before the cut is judged nowhere', async t => {
  const early = '<think>\nIt is 7 at once.\n\nI check that it holds.\n</think>\n\n\\boxed{7}'
  const { session, results } = await run(
    { reply: () => early },
    { dataset: dataset({}), ...resume },
  )
  const result = only(results)
  t.equal(session.batches.length, 0)
  t.equal(result.thresholds.length, 5, 'as many rows as others have')
  for (const row of result.thresholds)
    t.match(row, { correct: null, source: 'none', predicted: null })
  t.match(summarize(results, contextOf(resume)).thresholds[0], { total: 0, accuracy: null })
})

t.test('a cut by steps may leave steps that state the answer, and says so', async t => {
  const twice = `<think>\nMaybe it is 7.\n\n${steps.join('\n\n')}\n</think>\n\n\\boxed{7}`
  const cut = { ...resume, resume: { cut: { steps: 1 }, maxTokens: 99 } }
  const { session, results } = await run({ reply: () => twice }, { dataset: dataset({}), ...cut })
  t.equal(only(results).leaks, true)
  t.equal(session.batches[0]?.options.maxTokens, 99)
  const summary = summarize(results, contextOf(cut))
  t.strictSame(summary.leaking, ['p0'])
  t.match(
    await renderTable(summary),
    /before the last step.*but in 1 problem that state it before the cut/,
  )
})

t.test('hidden answers: gone in every row, no rule counts them, all rows are asked', async t => {
  const options = {
    hideAnswer: true,
    thresholds: [0.5],
    methods: ['attention', 'recency'],
  } as const
  const { session, results } = await run(
    { reply: () => thought, score: scoreOf, evaluate: () => '\\boxed{7}' },
    { dataset: dataset({}), ...options },
  )
  const [base, half] = only(results).thresholds
  t.strictSame(base?.kept, [0, 1, 2, 3], 'the baseline, too')
  t.strictSame(half?.kept, [0, 1], 'half of four, not of five')
  t.equal(base?.source, 'evaluation')
  for (const { prunedText } of session.batches[0]?.traces ?? []) t.notMatch(prunedText, /7/)
  t.match(await renderTable(summarize(results, contextOf(options))), /taken out of all rows/)
})

t.test('what is hidden leaves the tokens, the cache and the partition of steps', async t => {
  const scored = scoreWith(segment(fakeTrace('p', thought)), 'length')
  const pruned = pruneHidden(scored, ['7'], { keep: 2 })
  t.strictSame([...pruned.kept, ...pruned.removed].sort(), [0, 1, 2, 3, 4])
  t.ok(pruned.removed.includes(4))
  const gone = pruned.removedTokens.reduce((sum, { start, end }) => sum + end - start, 0)
  const all = scored.steps.reduce((sum, { tokenStart, tokenEnd }) => sum + tokenEnd - tokenStart, 0)
  t.equal(gone + pruned.prunedTokens.length, all)
  t.strictSame(pruned.steps, scored.steps)
})

t.test('numbers that were lost, and derived again', async t => {
  const scored = scoreWith(segment(fakeTrace('I have 44.', thought)), 'length')
  const pruned = { ...pruneHidden(scored, ['7'], { keep: 4 }), kept: [0, 3] }
  t.strictSame(derivedAgain(pruned, 'Then 22 and 220, and 3.3'), { lost: 3, again: 1 })
  t.strictSame(derivedAgain({ ...pruned, kept: [0, 1, 2, 3, 4] }, '22'), { lost: 0, again: 0 })
})

t.test(
  'a thinking that was cut off: its rows all get the same end, and it is counted apart',
  async t => {
    const half = `<think>\n${steps.slice(0, 4).join('\n\n')}`
    const script = { reply: () => half, score: scoreOf, evaluate: () => '\\boxed{7}' }
    const { session, results } = await run(
      { ...script, finish: 'length' },
      { dataset: dataset({}), thresholds: [0.5] },
    )
    const [base] = only(results).thresholds
    t.match(
      base,
      { source: 'evaluation', predicted: '7' },
      'and not 44, the last number of a thought',
    )
    t.equal(session.batches[0]?.traces.length, 2)
    const summary = summarize(results, contextOf({}))
    t.strictSame(summary.ends, { closed: 0, cut: 1, 'never-opened': 0 })
    t.match(await renderTable(summary), /0 closed, 1 cut off \(all their rows get the same end/)
  },
)

t.test('options that do not belong together are refused', async t => {
  for (const [options, message] of [
    [{ resume: { cut: { steps: 1 } } }, /options\.resume must be left out/],
    [{ evaluation: 'resume', hideAnswer: true }, /options\.hideAnswer must be left out/],
    [{ evaluation: 'resume', resume: { cut: 'x' } }, /options\.resume\.cut/],
    [{ evaluation: 'resume', resume: { maxTokens: 0 } }, /options\.resume\.maxTokens/],
    [{ preset: 'notebook', hideAnswer: true }, /options\.hideAnswer/],
  ] as const) {
    const attempt = run({ reply: () => thought }, { dataset: dataset({}), ...(options as object) })
    await t.rejects(attempt, { message })
  }
})
