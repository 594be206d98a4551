/** How problems are put to a model: system turns, variables of the template, sampling, a budget. */

import t from 'tap'
import {
  openDataset,
  parseDataset,
  summarize,
  summaryContext,
} from '../../../dist/experiment/index.js'
import {
  generationOptions,
  messagesFor,
  resolveAsk,
} from '../../../dist/experiment/run/ask-options.js'
import { presets } from '../../../dist/experiment/run/presets.js'
import { loadModel } from '../../../dist/index.js'
import { renderTable } from '../../../dist/report/index.js'
import { dataset, run, scoreOf, thought } from '../../support/fake-experiment.js'
import { fakeSession } from '../../support/fake-session.js'
import { defaultSampling } from '../../support/sampling.js'
import { tinyModel } from '../../support/tiny-models.mjs'

const { seed: _, ...greedy } = defaultSampling
const thinking = { ...greedy, temperature: 0.6, from: 'thinking' } as const

t.test('sampling: options over the preset over the model, and who said it', async t => {
  t.strictSame(resolveAsk().sampling, { ...greedy, from: 'greedy' })
  t.strictSame(resolveAsk({}, {}, thinking).sampling, thinking)
  t.match(resolveAsk({}, { topK: 50 }, thinking).sampling, {
    topK: 50,
    temperature: 0.6,
    from: 'options',
  })
  const all = resolveAsk(
    { sampling: { topK: 5, topP: undefined } },
    { topK: 50, topP: 0.9 },
    thinking,
  )
  t.match(all.sampling, { topK: 5, topP: 0.9, temperature: 0.6, from: 'options' })
})

t.test('a generation gets what was resolved, and nothing else', async t => {
  const ask = resolveAsk({
    system: 's',
    templateArguments: { a: 1 },
    thinkingBudget: 9,
    thinkingBudgetMessage: 'm',
  })
  t.strictSame(generationOptions(ask), {
    ...greedy,
    templateArguments: { a: 1 },
    thinkingBudget: 9,
    thinkingBudgetMessage: 'm',
  })
  t.notOk('thinkingBudget' in generationOptions(resolveAsk()))
})

t.test('the system turn of a data set goes before that of the options', async t => {
  const text = '{"problem":"a","answer":"1","system":"own"}\n{"problem":"b","answer":"1"}'
  const [own, other] = parseDataset(text, 'x').problems
  const ask = resolveAsk({ system: 'given' })
  t.strictSame(own && messagesFor(own, ask)[0], { role: 'system', content: 'own' })
  t.strictSame(other && messagesFor(other, ask)[0], { role: 'system', content: 'given' })
  t.strictSame(other && messagesFor(other, resolveAsk()), [{ role: 'user', content: 'b' }])
})

t.test('an experiment asks so, and its table says how it sampled', async t => {
  const ask = { system: 'Think.', sampling: { temperature: 0.7, presencePenalty: 1 } }
  const script = { reply: () => thought('7'), score: scoreOf }
  const set = dataset({})
  const { session, results } = await run(script, { dataset: set, ask, thresholds: [] })
  t.match(session.prompts[0], { text: 'Think.', options: { temperature: 0.7, presencePenalty: 1 } })
  const made = summarize(
    results,
    summaryContext({ session: fakeSession(script), dataset: set, ask }),
  )
  t.match(made.sampling, { temperature: 0.7, from: 'options' })
  const table = await renderTable(made)
  const line =
    'Sampled at temperature 0.7, top-k 40, top-p 0.95, presence penalty 1, over 64 tokens (as asked for).'
  t.ok(table.includes(line), table)
  const old = summarize(results, {
    ...summaryContext({ session: fakeSession(script), dataset: set }),
    sampling: undefined,
  })
  t.notMatch(await renderTable(old), /Greedy|Sampled/, 'results that do not say it')
})

t.test('reprompt, where the model thinks anew, samples as the thinking was sampled', async t => {
  const script = { reply: () => thought('7'), score: scoreOf }
  const ask = { sampling: { temperature: 0.7 } }
  for (const [evaluation, temperature] of [
    ['reprompt', 0.7],
    ['continue', undefined],
  ] as const) {
    const { session } = await run(script, {
      dataset: dataset({}),
      ask,
      evaluation,
      thresholds: [0.5],
    })
    t.equal(session.batches[0]?.options.temperature, temperature, evaluation)
  }
  t.equal(presets.recommended.evaluation.temperature, undefined)
})

t.test('with a real model: its own default, loops and forced ends are counted', async t => {
  const model = await loadModel(tinyModel({ temperature: null, bias: { a: 60 } }))
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 1024 })
  const { problems } = await openDataset('embedded')
  const set = { name: 'two', path: null, problems: problems.slice(0, 2) }
  const ids = problems.slice(0, 2).map(({ id }) => id)
  const { runExperiment } = await import('../../../dist/experiment/index.js')
  const summaryOf = async (thinkingBudget: number | undefined) => {
    const ask = { thinkingBudget }
    const options = { session, dataset: set, ask, maxTokens: 120, methods: ['length'] } as const
    const results = []
    for await (const result of runExperiment(options)) results.push(result)
    return summarize(results, summaryContext(options))
  }
  const free = await summaryOf(undefined)
  t.match(free, { sampling: { from: 'thinking', temperature: 0.6 }, looping: ids, forcedClose: [] })
  t.match(await renderTable(free), /Of these in a loop: 2 problems/)
  const closed = await summaryOf(20)
  t.strictSame(closed.forcedClose, ids)
  t.match(await renderTable(closed), /Thinking closed by its budget: 2 problems/)
})
