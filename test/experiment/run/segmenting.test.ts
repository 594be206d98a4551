/** Which steps an experiment has, and what its summary says of it. */

import t from 'tap'
import { summarize } from '../../../dist/experiment/index.js'
import { context, dataset, run, scoreOf, steps, thought } from '../../support/fake-experiment.js'

t.test('steps are those that were asked for, and the summary says by what', async t => {
  const lines = `<think>\n${steps.join('\n')}\n</think>\n\n\\boxed{7}`
  const replies = [
    lines,
    '<think>\nno more than this\n</think>\n\n\\boxed{7}',
    thought('\\boxed{7}'),
  ]
  const set = dataset({}, {}, {})
  const script = () => {
    let asked = 0
    return { reply: () => replies[asked++] ?? '', score: scoreOf }
  }
  const { results } = await run(script(), { dataset: set, thresholds: [0] })
  t.strictSame(
    results.map(result => [result.splitter, result.steps.length]),
    [
      ['line', 4],
      ['paragraph', 1],
      ['paragraph', 4],
    ],
  )
  const summary = summarize(results, context(set))
  t.strictSame(summary.fewSteps, ['p1'])
  t.strictSame(summary.splitters, { line: 1, paragraph: 2 })
  const named = await run(script(), {
    dataset: set,
    thresholds: [0],
    segmenting: { splitter: 'line', minCharacters: 20 },
  })
  t.strictSame(
    named.results.map(result => [result.splitter, result.steps.length]),
    [
      ['line', 1],
      ['line', 1],
      ['line', 1],
    ],
  )
})
