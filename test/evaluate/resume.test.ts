/** Mode 'resume': the model thinks on from what is left of a cut trace, and answers. */

import t from 'tap'
import { openDataset } from '../../dist/experiment/index.js'
import {
  cutTrace,
  loadModel,
  ownAnswer,
  type PrunedTrace,
  prune,
  scoreWith,
  segment,
} from '../../dist/index.js'
import { reasonerPath } from '../support/reasoner.js'
import { openTiny } from '../support/session.js'

const model = await loadModel(reasonerPath)
t.teardown(() => model.close())
const session = await model.createSession({ contextLength: 4096 })
const { problems } = await openDataset('embedded')

const solve = async (index: number) => {
  const content = problems[index]?.problem ?? ''
  await session.clear()
  const trace = await session.generate([{ role: 'user', content }], { maxTokens: 1500 }).finish()
  return segment(trace)
}
const whole = (trace: ReturnType<typeof segment>): PrunedTrace =>
  prune(scoreWith(trace, 'length'), { threshold: 0 })

t.test('greedy and unpruned, it is token for token the trace that was cut', async t => {
  for (const index of [0, 7, 31]) {
    const trace = await solve(index)
    for (const point of ['before-answer', { steps: 1 }, { share: 0.5 }] as const) {
      const cut = cutTrace(trace, point)
      if (cut === null) throw new Error('nothing is left')
      await session.clear()
      const evaluation = await session.evaluate(whole(cut), { mode: 'resume' })
      t.equal(cut.text + evaluation.text, trace.text, `problem ${index}, ${JSON.stringify(point)}`)
      t.equal(evaluation.tokens.generated, trace.tokens.length - cut.tokens.length)
      t.strictSame(evaluation.answer, ownAnswer(trace))
      t.equal(evaluation.finish, 'end')
    }
  }
})

t.test(
  'a budget that is used up in the thinking leaves no answer, whatever numbers it wrote',
  async t => {
    const trace = await solve(0)
    const cut = cutTrace(trace)
    if (cut === null) throw new Error('nothing is left')
    const evaluation = await session.evaluate(whole(cut), { mode: 'resume', maxTokens: 12 })
    t.equal(evaluation.tokens.generated, 12)
    t.equal(evaluation.finish, 'length')
    t.match(evaluation.text, /\d/)
    t.strictSame(evaluation.answer, { value: null, extraction: 'none' })
  },
)

t.test('with nothing kept, the problem is solved anew', async t => {
  const trace = await solve(0)
  const cut = cutTrace(trace)
  if (cut === null) throw new Error('nothing is left')
  const none = prune(scoreWith(cut, 'length'), {
    rule: { name: 'nothing', keep: (_, steps) => steps.map(() => false) },
  })
  await session.clear()
  const evaluation = await session.evaluate(none, { mode: 'resume' })
  t.equal(evaluation.text, trace.text, 'the prompt has opened the thinking')
})

t.test(
  'sampled as the model is, where nobody says otherwise; likelihoods know no such mode',
  async t => {
    const tiny = await openTiny(t, {}, { temperature: 2 })
    const thinking = 'The first of the steps.\n\nThe second of the steps.'
    const messages = [{ role: 'user', content: 'Go on.' }] as const
    const trace = whole(segment(await tiny.model.traceOf({ messages, thinking })))
    const texts = new Set<string>()
    for (const seed of [1, 2, 3]) {
      const { text } = await tiny.session.evaluate(trace, { mode: 'resume', maxTokens: 20, seed })
      texts.add(text)
    }
    t.equal(texts.size, 3)
    const likelihood = { text: 'a', mode: 'resume' } as unknown as { text: string }
    await t.rejects(tiny.session.likelihood(trace, likelihood), { message: /options\.mode/ })
  },
)

t.test('independent: what stands beside an evaluation changes nothing of it', async t => {
  const trace = await solve(3)
  const cut = cutTrace(trace, { share: 0.6 })
  if (cut === null) throw new Error('nothing is left')
  const scored = scoreWith(cut, 'random', { seed: 1 })
  const rows = [0, 0.2, 0.4, 0.6, 0.8].map(threshold => prune(scored, { threshold }))
  for (const mode of ['resume', 'continue', 'evict'] as const) {
    const how = { mode, maxTokens: 120, independent: true } as const
    const all = await session.evaluateAll(rows, how)
    const backwards = await session.evaluateAll(rows.toReversed(), how)
    const [alone] = await session.evaluateAll(rows.slice(2, 3), how)
    const said = ({ text, meanLogprob }: (typeof all)[number]) => ({ text, meanLogprob })
    t.strictSame(backwards.toReversed().map(said), all.map(said), mode)
    t.strictSame(
      [alone].flatMap(one => (one ? said(one) : [])),
      all.slice(2, 3).map(said),
      mode,
    )
  }
})
