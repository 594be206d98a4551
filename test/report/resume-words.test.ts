/** What a table of resumed traces says in words: only what its numbers carry. */

import t from 'tap'
import { resumeInWords } from '../../dist/report/resume-words.js'
import { row, summary } from '../support/fake-summary.js'

const difference = (accuracy: number, pValue: number) => ({
  accuracy,
  interval: [accuracy - 0.1, accuracy + 0.1] as const,
  gained: 5,
  lost: 1,
  pValue,
})
const base = row({ correct: 9, tokensToFinish: 40.4, overNothing: difference(0, 1) })
const floor = row({ method: 'nothing kept', threshold: 1, correct: 8, tokensToFinish: 300 })
const graph = (threshold: number, accuracy: number, pValue: number, tokensToFinish = 60) =>
  row({
    method: 'graph',
    threshold,
    tokensToFinish,
    overNothing: difference(-0.1, 0.5),
    overRandom: difference(accuracy, pValue),
  })

t.test('what is told from chance is shown, ahead or behind; the rest is not', async t => {
  const rows = [base, graph(0.3, 0.2, 0.01), graph(0.5, -0.3, 0.001), graph(0.7, 0.1, 0.3), floor]
  const said = resumeInWords(summary(rows, { cut: { steps: 2 } }))
  t.strictSame(said, [
    'Traces were cut before the last 2 steps, pruned, and thought on from there; no row has seen the answer.',
    'Unpruned, 9 of 10 are right after 40 tokens; from the problem alone 8 of 10 after 300 tokens.',
    'Shown: graph keeps more answers right than random at 0.3 (+20.0).',
    'Shown: random keeps more right than graph at 0.5 (-30.0).',
    'Not shown, for 10 problems: a difference of graph and random at 0.7 (+10.0).',
  ])
})

t.test('a row that is as dear as the problem alone is named', async t => {
  const rows = [base, graph(0.5, 0.2, 0.01, 310), floor]
  const said = resumeInWords(summary(rows, { cut: { share: 0.5 } }))
  t.match(said[0], /cut at 50 % of the thinking/)
  t.equal(said.at(-1), 'As dear as solving it anew, by tokens: graph 0.5.')
})

t.test(
  'every method has its own sentence; without random there is none to compare with',
  async t => {
    const other = { ...graph(0.3, 0.1, 0.5), method: 'recency' }
    const both = resumeInWords(
      summary([base, graph(0.3, 0.2, 0.01), other, floor], { cut: 'before-answer' }),
    )
    t.match(both.join(' '), /Shown: graph .* Not shown, .* recency and random/)
    const alone = resumeInWords(
      summary([base, { ...graph(0.3, 0, 1), overRandom: null }, floor], { cut: 'before-answer' }),
    )
    t.equal(alone.length, 2)
  },
)

t.test('other modes say nothing', async t => {
  t.strictSame(resumeInWords(summary([base])), [])
})
