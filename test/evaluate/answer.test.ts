import t from 'tap'
import { answerPlace, extractAnswer, ownAnswerPlace } from '../../dist/evaluate/answer.js'
import { canonicalAnswer, sameAnswer } from '../../dist/evaluate/canonical.js'
import type { Extraction } from '../../types/public.js'
import { fakeTrace } from '../support/fake-trace.js'

type Case = readonly [string, string | null, Extraction]

const check = (name: string, cases: readonly Case[]) =>
  t.test(name, async t => {
    for (const [text, value, extraction] of cases) {
      const shown = JSON.stringify(text)
      t.strictSame(extractAnswer(text), { value, extraction }, shown)
      // its place says the same, and what is written there is the answer
      const place = answerPlace(text)
      t.strictSame(
        place && { value: place.value, extraction: place.extraction },
        value && { value, extraction },
        shown,
      )
      const written = place && text.slice(place.start, place.end)
      t.equal(written && canonicalAnswer(written), value, shown)
      t.equal(written?.trim(), written ?? undefined, shown)
    }
  })

check('the last balanced box wins, over everything else', [
  ['\\boxed{33}', '33', 'boxed'],
  ['the answer is 5, so \\boxed{7}. = 9', '7', 'boxed'],
  ['\\boxed{1} or rather \\boxed{2}', '2', 'boxed'],
  ['\\boxed{\\frac{1}{2}}', '\\frac{1}{2}', 'boxed'],
  ['\\boxed{\\{1, 2\\}}', '\\{1, 2\\}', 'boxed'],
  ['\\boxed{5} and then cut off \\boxed{12', '5', 'boxed'],
  ['a stray { and a stray } and { \\boxed{5}', '5', 'boxed'],
  ['\\boxed{\\boxed{5}}', '5', 'boxed'],
  ['\\fbox{7}', '7', 'boxed'],
  ['\\boxed {7}', '7', 'boxed'],
  ['\\boxed 5', '5', 'boxed'],
  ['\\boxed 033.', '33', 'boxed'],
  ['$$x = \\boxed{204}$$', '204', 'boxed'],
  ['\\boxed{\\text{142.0}}', '142', 'boxed'],
  ['\\boxed{5} \\boxed{}', '5', 'boxed'],
])

check('"answer is": a number, a formula or a letter; the last one', [
  ['The answer is 42.', '42', 'answer-is'],
  ['the answer is 1. No, the answer is 2. = 3', '2', 'answer-is'],
  ['THE ANSWER IS: **42**', '42', 'answer-is'],
  ['The final answer is $042$', '42', 'answer-is'],
  ['answer is \\(\\frac{1}{2}\\)', '\\frac{1}{2}', 'answer-is'],
  ['answer is $2^{10}$', '2^{10}', 'answer-is'],
  ['answer is \\[42\\]', '42', 'answer-is'],
  ['answer is -5', '-5', 'answer-is'],
  ['answer is \u22125', '-5', 'answer-is'],
  ['answer is 3/4', '3/4', 'answer-is'],
  ['answer is 1,234.', '1234', 'answer-is'],
  ['answer is $5 and mine is $3', '5', 'answer-is'],
  ['The answer is (B).', 'B', 'answer-is'],
])

check('words behind "answer is" are no answer', [
  ['The answer is not clear. x = 7\n', '7', 'equals'],
  ['The answer is A good one', null, 'none'],
  ['the answer is 5 + 3 = 8', '8', 'answer-is'],
  ['answer issue 5', '5', 'last-number'],
])

check('"final answer:" comes behind "answer is"', [
  ['Final Answer: 12', '12', 'final-answer'],
  ['**Final Answer:** 12 and 13', '12 and 13', 'final-answer'],
  ['**Final Answer:** 12 and nothing else', '12', 'final-answer'],
  ['**Final answer**: $1,234$', '1234', 'final-answer'],
  ['final answer:\n$$\n42\n$$', '42', 'final-answer'],
])

check('"= number" counts at the end of a line, the last line first', [
  ['x = 5', '5', 'equals'],
  ['x = 5\ny = 6\nand 7 is not it', '6', 'equals'],
  ['$x = 5$.', '5', 'equals'],
  ['\\[ x = 5 \\]', '5', 'equals'],
  ['x = **5**', '5', 'equals'],
  ['a = 1, b = 2', '2', 'equals'],
  ['x = 5 apples', '5', 'last-number'],
])

check('the last number of the last 200 characters is the last resort', [
  ['maybe 12 or 13 apples', '13', 'last-number'],
  ['1234', '1234', 'last-number'],
  ['5-3', '3', 'last-number'],
  ['it went to -3', '-3', 'last-number'],
  ['it is 3/4 of it', '3/4', 'last-number'],
  ['x2 is good', null, 'none'],
  [`7${' '.repeat(199)}`, '7', 'last-number'],
  [`7${' '.repeat(200)}`, null, 'none'],
  [`17${' '.repeat(199)}`, null, 'none'],
  ['', null, 'none'],
])

check('what is behind the thinking is read, and no further block of it', [
  ['<think>\\boxed{1}</think> it is 2', '2', 'last-number'],
  ['a</think>\\boxed{1}</think>', '1', 'boxed'],
  ['a \\boxed{7}</think>\\boxed{1}</think>\\boxed{2}</think>so', '2', 'boxed'],
  ['\\boxed{1}.\n</think>', null, 'none'],
  ['a</think>\\boxed{1}<think>or \\boxed{80}, or', '1', 'boxed'],
  ['a</think>\\boxed{1}<think>\\boxed{80}</think>.', '1', 'boxed'],
  ['[THINK]\\boxed{1}[/THINK] it is 2', '2', 'last-number'],
  ['<think>\\boxed{1}', '1', 'boxed'],
])

check('tags that stand around an answer', [
  ['a</think>\n<answer>\nx = 3 and so 4.\n</answer>', '4', 'last-number'],
  ['a</think><response>The answer is 7.</response> Ask me more, 24 hours a day.', '7', 'answer-is'],
  ['a<|END_THINKING|><|START_RESPONSE|>It is \\boxed{5}.<|END_RESPONSE|>', '5', 'boxed'],
  ['a</think><answer>5</answer>\n<answer>6</answer>', '6', 'tagged'],
  ['a</think><answer>5</answer>\n<answer>So it', '5', 'tagged'],
  ['a</think><answer>B</answer>', 'B', 'tagged'],
  ['a</think><answer>\n(B).\n</answer>', 'B', 'tagged'],
  ['a</think><answer> x^2+1 </answer>', 'x^2+1', 'tagged'],
  ['a</think><answer>$1,234$.</answer> 5', '1234', 'tagged'],
  ['a</think><answer>\\boxed{3}</answer> 5', '3', 'boxed'],
  ['a</think><answer>Not known</answer> 5', '5', 'last-number'],
  ['a</think><answer>It is 5, or', '5', 'last-number'],
  ['a</think>It is 5.</answer>', '5', 'last-number'],
  ['a</think>It is 5. <answer></answer>', '5', 'last-number'],
  ['a</think>It is \\boxed{5}. <answer>see above</answer>', '5', 'boxed'],
  // what the thinking says about tags is thinking
  ['I write <answer>1</answer> later.</think>It is 2.', '2', 'last-number'],
])

t.test('the place of an answer is where it is written', async t => {
  const cases: readonly (readonly [string, string])[] = [
    ['I think.</think>So it is \\boxed{ [1,234] }, not 5.', '1,234'],
    ['The answer is **[42]**.', '42'],
    ['a = 1\nx = [7].\nthen 8', '7'],
    ['a</think>3 <think>or 4</think> or [-5]!', '-5'],
    ['a</think><answer>it is [6]</answer> 9', '6'],
  ]
  for (const [marked, written] of cases) {
    const text = marked.replace(/[[\]]/g, '')
    const start = marked.indexOf('[')
    t.match(answerPlace(text), { start, end: start + written.length }, text)
    t.equal(text.slice(start, start + written.length), written)
  }
  t.equal(answerPlace('nothing'), null)
  // a block of thinking in the middle of the number: the place has all that it is written with
  const split = 'a</think>\\boxed{1<think>or</think>2}'
  t.match(answerPlace(split), { value: '12', start: split.indexOf('1<'), end: split.indexOf('}') })
})

t.test("the place of a trace's own answer is in the text of the trace", async t => {
  const at = (text: string, thinkingEnd: number, answerStart: number) => {
    const none = { tokenStart: 0, tokenEnd: 0 }
    const thinking = { ...none, charStart: 0, charEnd: thinkingEnd }
    const answer = { ...none, charStart: answerStart, charEnd: text.length }
    return ownAnswerPlace({ ...fakeTrace([text]), thinking, answer })
  }
  const closed = 'so 42</think>It is \\boxed{42}.'
  const start = closed.lastIndexOf('42')
  t.strictSame(at(closed, 5, 13), { value: '42', extraction: 'boxed', start, end: start + 2 })
  const open = 'so it is 42'
  t.strictSame(at(open, 11, 11), { value: '42', extraction: 'concluded', start: 9, end: 11 })
})

t.test('the canonical form of an answer', async t => {
  const cases: readonly (readonly [string, string])[] = [
    ['033', '33'],
    ['000', '0'],
    ['-0', '0'],
    ['+5', '5'],
    ['- 5', '-5'],
    ['\u22121,234', '-1234'],
    ['1,234,567', '1234567'],
    ['1{,}234', '1234'],
    ['1\\,234', '1234'],
    ['12\\!345', '12345'],
    ['1,2', '1,2'],
    ['142.0', '142'],
    ['142.', '142'],
    ['1,234.50', '1234.50'],
    ['$5$', '5'],
    ['\\(5\\)', '5'],
    ['\\mathrm{7}', '7'],
    ['5\\text{ cm}', '5 cm'],
    [' **x + 1** ', 'x + 1'],
    ['$$', ''],
  ]
  for (const [written, canonical] of cases) t.equal(canonicalAnswer(written), canonical, written)
})

t.test('answers are the same by value, and no answer is never the same', async t => {
  t.ok(sameAnswer('033', '33'))
  t.ok(sameAnswer('1,234', '1234.0'))
  t.ok(sameAnswer('0.50', '.5'))
  t.ok(sameAnswer('00.5', '0.50'))
  t.ok(sameAnswer('\\frac{1}{2}', '$\\frac{1}{2}$'))
  t.ok(sameAnswer('9007199254740993', '09007199254740993'))
  t.notOk(sameAnswer('9007199254740993', '9007199254740992'), 'exact beyond 2^53')
  t.notOk(sameAnswer('5', '-5'))
  t.notOk(sameAnswer('0.5', '5'))
  t.notOk(sameAnswer('', null))
  t.notOk(sameAnswer(null, null))
})

t.test('repetitive text of a megabyte is read to its end', async t => {
  // Each of these took minutes with patterns that backtrack; a hang is what fails here.
  const runs = ['\\boxed{', 'answer is \\(', 'answer is **', '= $', '\\text{', '0', '.', '*', ' ']
  for (const run of runs) {
    const long = run.repeat(Math.ceil(1e6 / run.length))
    for (const text of [
      long,
      `${long}x`,
      `= ${long}x`,
      `\\boxed{${long}x}`,
      `answer is ${long}x`,
    ]) {
      extractAnswer(text)
    }
    t.ok(sameAnswer(long, long), run)
  }
})
