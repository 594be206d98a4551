/** Traces that are cut before their end: where, what is left of them, and that they are traces. */

import t from 'tap'
import { cutTrace, readTrace, scoreStepGraph, segment } from '../../dist/index.js'
import type { CutPoint, SegmentedTrace, StepGraph } from '../../types/public.js'
import { call } from '../support/call.js'
import { fakeTrace } from '../support/fake-session.js'

const traceOf = (steps: readonly string[], answer: string, problem = 'How many?'): SegmentedTrace =>
  segment(fakeTrace(problem, `<think>\n${steps.join('\n\n')}\n</think>\n\n${answer}`))

const left = (trace: SegmentedTrace, point?: CutPoint, answers?: readonly string[]) =>
  cutTrace(trace, point, { answers })?.steps.length ?? 0

t.test('before the answer: stated early, late, twice, never, in words, in a formula', async t => {
  const cases: readonly (readonly [string, readonly string[], string, number])[] = [
    ['late', ['I have 40 and 2.', 'Their sum is wanted.', 'So 40 + 2 = 42.'], '42', 2],
    ['early', ['It has to be 42.', 'Let me check that.', 'It holds, as I said.'], '42', 0],
    ['twice', ['I have 40 and 2.', 'That makes 42, I think.', 'Again: 42.'], '42', 1],
    ['never', ['I have 40 and 2.', 'Their sum is wanted.', 'That is easy.'], '42', 3],
    ['in words', ['I have forty of them.', 'And two of these.', 'So forty-two it is.'], '42', 2],
    ['in a formula', ['I have halves here.', 'Half of it: $x = \\frac{1}{2}$.'], '0.5', 1],
    ['with separators', ['First the thousands.', 'That is 1,234 in all.'], '1234', 1],
  ]
  for (const [name, steps, answer, expected] of cases) {
    t.equal(left(traceOf(steps, `\\boxed{${answer}}`)), expected, name)
  }
})

t.test('a number that the problem has is the answer only where it is a result', async t => {
  const problem = 'Ann has 42 pears and gives 20 away. Bob gives her 20. How many has she?'
  const steps = [
    'Ann has 42 pears, says the text.',
    '42 - 20 = 22 are left.',
    '22 + 20 = 42.',
    'Done: 42.',
  ]
  t.equal(left(traceOf(steps, '\\boxed{42}', problem)), 2)
  t.equal(left(traceOf(steps, '\\boxed{42}')), 0, 'no problem has it: the first step gives it away')
  const concluding = ['Ann has 42 pears, says the text.', 'Nothing changes. So she has 42.']
  t.equal(left(traceOf(concluding, '\\boxed{42}', problem)), 1)
})

t.test('answers that are given stand beside no other: the right one of a wrong trace', async t => {
  const steps = ['I start with 6 and 7.', 'Perhaps it is 42 then.', 'No, 6 * 7 = 43.']
  t.equal(left(traceOf(steps, '\\boxed{43}')), 2)
  t.equal(left(traceOf(steps, '\\boxed{43}'), 'before-answer', ['43', '42']), 1)
  t.equal(left(traceOf(steps, 'no idea'), 'before-answer', []), 3)
})

t.test('before the last steps, and at a share of the thinking', async t => {
  const trace = traceOf(['a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20), 'd'.repeat(20)], '1')
  t.strictSame(
    [0, 1, 3, 4, 9].map(steps => left(trace, { steps })),
    [4, 3, 1, 0, 0],
  )
  t.strictSame(
    [0.1, 0.3, 0.5, 0.7, 0.9, 1].map(share => left(trace, { share })),
    [0, 1, 1, 2, 3, 4],
    'whole steps, no more than the share',
  )
})

t.test('what is left is a trace, as it was when it was written so far', async t => {
  const whole = traceOf(['The first step.', 'The second step.', 'So it is 7.'], '\\boxed{7}')
  const cut = cutTrace(whole)
  if (cut === null) throw new Error('nothing is left')
  readTrace(JSON.parse(JSON.stringify(cut)))
  t.equal(cut.text, '<think>\nThe first step.\n\nThe second step.\n\n')
  t.strictSame(cut.tokens, whole.tokens.slice(0, cut.tokens.length))
  t.strictSame(cut.steps, whole.steps.slice(0, 2))
  t.equal(cut.thinking.charEnd, cut.text.length)
  t.match(cut.answer, { tokenStart: cut.tokens.length, charStart: cut.text.length })
  t.equal(cut.finish, 'cancelled')
  const again = segment(cut, { splitter: 'paragraph' })
  t.strictSame(again.steps, cut.steps, 'the same steps are found in it')
})

t.test('a recorded step graph is cut with it, and nothing behind the cut counts', async t => {
  const whole = traceOf(
    ['The first step.', 'The second step.', 'The third step.', 'So it is 7.'],
    '\\boxed{7}',
  )
  const looks = [
    [
      [0, 0, 0, 0],
      [0.5, 0, 0, 0],
      [0.1, 0.8, 0, 0],
      [0.9, 0, 0.1, 0],
      [0.2, 0.2, 0.2, 0.2],
    ],
  ]
  const steps = whole.steps.map(({ tokenStart: start, tokenEnd: end }) => ({ start, end }))
  const stepGraph: StepGraph = { heads: [{ layer: 0, head: 0 }], steps, looks, decodedTokens: 0 }
  const cut = cutTrace({ ...whole, stepGraph })
  t.strictSame(cut?.stepGraph?.looks, [
    [
      [0, 0, 0],
      [0.5, 0, 0],
      [0.1, 0.8, 0],
      [0, 0, 0],
    ],
  ])
  t.strictSame(cut?.stepGraph?.steps, steps.slice(0, 3))
  if (cut?.stepGraph === undefined) throw new Error('no graph')
  const { scores } = scoreStepGraph(cut, cut.stepGraph, { reduction: 'chain', aggregate: 'sum' })
  t.equal(scores[2], 1, 'the newest step')
  t.ok((scores[1] ?? 0) > 0 && scores.every(Number.isFinite))
})

t.test('a wrong point is named', async t => {
  const trace = traceOf(['One step.', 'Another step.'], '1')
  for (const point of [
    'answer',
    3,
    null,
    {},
    { steps: 1, share: 0.5 },
    { steps: -1 },
    { share: 0 },
    { share: 1.1 },
    { steps: 0.5 },
    { at: 3 },
  ]) {
    t.throws(() => call(cutTrace, trace, point), { message: /^point/ }, JSON.stringify(point))
  }
})
