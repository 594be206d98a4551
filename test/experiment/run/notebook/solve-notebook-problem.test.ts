/** The experiment in the loop of the seed notebook. */

import t from 'tap'
import { summarize } from '../../../../dist/experiment/index.js'
import { context, dataset, only, run, scoreOf, steps } from '../../../support/fake-experiment.js'

const isReprompt = (prompt: string) => prompt.includes('\n\nReasoning:\n')

t.test('notebook: the loop of the seed', async t => {
  const full = `<think>${steps.join('\n\n')}</think>Hence it is \\boxed{31}.`
  const { session, results } = await run(
    { reply: prompt => (isReprompt(prompt) ? 'the answer is 12' : full), score: scoreOf },
    {
      dataset: dataset({ answer: '12', verifiedAnswer: '31' }),
      preset: 'notebook',
      thresholds: [0, 0.5],
      seed: 5,
    },
  )
  t.equal(session.batches.length, 0)
  const [first, second] = session.prompts
  t.equal(session.prompts.length, 2)
  t.match(first, { text: 'problem 0', options: { temperature: 0.6, topP: 0.95, topK: 50 } })
  t.match(first?.options, { maxTokens: 4096, seed: 5 })
  t.equal(
    second?.text,
    'Problem: problem 0\n\nReasoning:\naaaa aaaa aaaa\n\nbbbb bbbb bbbb\n' +
      'Hence it is \\boxed{31}.\n\nBased on the above, the final answer is:',
  )
  t.match(second?.options, { temperature: 0.6, topP: 0.95, topK: 50, maxTokens: 512 })
  t.notOk('mode' in (second?.options ?? {}))
  const { thresholds, expected, methods } = only(results)
  t.equal(expected, '12', 'the given answer, not the verified one')
  t.match(methods, [{ method: 'notebook', scores: [0.4, 0.3, 0.2, 0.1] }])
  t.match(thresholds[0], { predicted: '31', source: 'trace', correct: false, decodedTokens: 0 })
  t.equal(thresholds[0]?.length, `${steps.join('\n\n')}\nHence it is \\boxed{31}.`.length)
  t.match(thresholds[1], { predicted: '12', source: 'evaluation', correct: true, keptSteps: 2 })
  t.equal(thresholds[1]?.decodedTokens, 3 + 'the answer is 12'.length)
  t.equal(thresholds[1]?.extraction, null)
})

t.test(
  'notebook: a missing answer falls back to the pruned text, which has the old one',
  async t => {
    const full = `<think>${steps.join('\n\n')}</think>Hence it is \\boxed{31}.`
    const { results } = await run(
      { reply: prompt => (isReprompt(prompt) ? 'no idea' : full), score: scoreOf },
      { dataset: dataset({ answer: '31' }), preset: 'notebook', thresholds: [0.5] },
    )
    const row = only(results).thresholds[1]
    t.match(row, { predicted: '31', source: 'pruned-text', correct: true, output: 'no idea' })
  },
)

t.test('notebook: every threshold asks again, each with another seed, equal sets too', async t => {
  const { session, results } = await run(
    { reply: () => `<think>${steps.join('\n\n')}</think>7`, score: () => 1 },
    { dataset: dataset({}), preset: 'notebook' },
  )
  t.equal(session.prompts.length, 6)
  const again = session.prompts.slice(1)
  t.equal(new Set(again.map(prompt => prompt.text)).size, 1)
  t.equal(new Set(again.map(prompt => prompt.options.seed)).size, 5)
  t.ok(only(results).thresholds.every(row => row.sameAs === null))
})

t.test('notebook: lengths are code points', async t => {
  const { results } = await run(
    { reply: () => `<think>${'😀'.repeat(12)}</think>7` },
    { dataset: dataset({}), preset: 'notebook', thresholds: [0.5] },
  )
  t.strictSame(
    only(results).thresholds.map(row => row.length),
    [14, 14],
  )
})

t.test('notebook: a problem without steps counts in the total only', async t => {
  const texts = ['<think>short</think>\\boxed{7}', `<think>${steps.join('\n\n')}</think>\\boxed{7}`]
  const { session, results } = await run(
    {
      reply: prompt => (isReprompt(prompt) ? '7' : (texts[Number(prompt.at(-1))] ?? '')),
      score: scoreOf,
    },
    { dataset: dataset({}, {}), preset: 'notebook', thresholds: [0.5] },
  )
  t.equal(session.prompts.length, 3)
  t.match(results[0]?.thresholds[0], { predicted: null, source: 'none', correct: false, steps: 0 })
  const summary = summarize(results, context(dataset({}, {}), 'notebook'))
  t.strictSame(summary.noSteps, ['p0'])
  t.match(summary.thresholds[0], { correct: 1, total: 2, accuracy: 0.5, stepsKept: 1 })
  t.match(summary.thresholds[1], { correct: 1, total: 2, accuracy: 0.5, stepsKept: 0.5 })
  t.match(summary.thresholds[0]?.extractions, { none: 1, notebook: 1 })
})
