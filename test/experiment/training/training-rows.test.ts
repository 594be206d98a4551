/** Compressed rollouts and the training rows that are made of them. */

import t from 'tap'
import { type CompressedProblem, compress, trainingRows } from '../../../dist/experiment/index.js'
import type { PrunedTrace, Trace } from '../../../types/public.js'
import { fakeEvaluation, fakeSession, fakeTrace } from '../../support/fake-session.js'

const steps = Array.from({ length: 9 }, (_, i) => `Wait, this is number ${i}.`)
const open = `<think>${steps.join(' ')} Hmm, that is all.</think>`
const texts = (answers: readonly string[]) => answers.map(answer => `${open}\\boxed{${answer}}`)

/** Rollouts with these answers; the last step is the most important by far. */
function session(answers: readonly string[], again: (kept: string) => string = () => '7') {
  const fake = fakeSession({ reply: () => '', score: text => (text.startsWith('Hmm') ? 9 : 1) })
  const asked: unknown[] = []
  return {
    asked,
    scoreSteps: fake.scoreSteps,
    stepGraph: fake.stepGraph,
    async rollouts(_: unknown, options: unknown): Promise<Trace[]> {
      asked.push(options)
      return texts(answers).map(text => fakeTrace('problem', text))
    },
    async evaluate(trace: PrunedTrace) {
      return fakeEvaluation(`\\boxed{${again(trace.prunedText)}}`)
    },
  }
}

const dataset = (verifiedAnswer?: string | null) => ({
  name: 'one',
  path: null,
  problems: [{ id: 'a', problem: 'What?', answer: '7', verifiedAnswer }],
})

async function only(...made: Parameters<typeof compress>): Promise<CompressedProblem> {
  const problems = []
  for await (const problem of compress(...made)) problems.push(problem)
  const [problem] = problems
  if (!problem || problems.length !== 1) throw new Error(`${problems.length} problems`)
  return problem
}

t.test('difficulty comes from the rollouts, and decides how much goes', async t => {
  const easy = session(['7', '7', '7', '7', '8'])
  const made = await only({ session: easy, dataset: dataset(), rollouts: 5, seed: 3 })
  t.match(made, { expected: '7', passRate: 0.8, difficulty: 'easy' })
  t.match(easy.asked[0], { count: 5, seed: 3, temperature: 1, topK: 0, topP: 1 })
  t.strictSame(
    made.rollouts.map(({ correct }) => correct),
    [true, true, true, true, false],
  )
  t.ok(made.rollouts.every(({ keptTokens, thinkingTokens }) => keptTokens < thinkingTokens))
  const hard = await only({ session: session(['8', '8', '7', '9']), dataset: dataset() })
  t.match(hard, { passRate: 0.25, difficulty: 'hard' })
})

t.test(
  'by a method: the share goes by difficulty, however even the scores, or by a rule',
  async t => {
    const answers = ['7', '7', '7', '7', '7']
    const left = async (options: object) => {
      const { rollouts } = await only({ session: session(answers), dataset: dataset(), ...options })
      return rollouts[0]?.thinking.match(/number \d|all/g)
    }
    t.strictSame(await left({ method: 'recency' }), ['number 6', 'number 7', 'number 8', 'all'])
    t.strictSame(await left({ method: 'recency', rule: { keep: 1 } }), ['all'])
    await t.rejects(left({ rule: { keep: 1 } }), { message: /options\.rule must be left out/ })
    await t.rejects(left({ method: 'step-graph' }), { message: /options\.heads/ })
  },
)

t.test('without a known answer the most frequent one stands for it', async t => {
  const made = await only({ session: session(['8', '7', '8', '8']), dataset: dataset(null) })
  t.match(made, { expected: '8', passRate: 0.75, difficulty: 'medium' })
})

t.test('sft: what stays right; dpo: over what it was, and over a wrong one; grpo', async t => {
  const made = await only({ session: session(['7', '7', '7', '7', '8']), dataset: dataset() })
  const [sft, ...rest] = trainingRows(made, 'sft')
  t.equal(rest.length, 3, 'one for each right rollout')
  const kept = made.rollouts[0]?.thinking
  t.match(sft, { prompt: 'problem', completion: `<think>\n${kept}\n</think>\n\n\\boxed{7}` })
  const [before, over, ...others] = trainingRows(made, 'dpo')
  t.equal(others.length, 6)
  t.match(before, { rejected: texts(['7'])[0] })
  t.match(over, { rejected: texts(['8'])[0] })
  t.strictSame(trainingRows(made, 'grpo'), [
    { prompt: 'problem', solution: '7', difficulty: made.difficulty },
  ])
  const worse = await only({ session: session(['7'], () => '9'), dataset: dataset() })
  t.strictSame(trainingRows(worse, 'sft'), [], 'compressed, it is wrong')
  t.strictSame(trainingRows(worse, 'dpo'), [])
})

t.test('bad options throw and name the option', async t => {
  const of = session([])
  await t.rejects(only({ session: of, dataset: dataset(), rollouts: 0 }), {
    message: /options\.rollouts/,
  })
  const misspelt = Object.assign({ session: of, dataset: dataset() }, { rollout: 1 })
  await t.rejects(only(misspelt), { code: 'ERR_UNKNOWN_OPTION', message: /rollouts/ })
})
