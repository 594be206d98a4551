/** Which steps state the answer, in any spelling. */

import t from 'tap'
import { answerSteps } from '../../dist/evaluate/answer-steps.js'
import { numbersInWords } from '../../dist/evaluate/number-words.js'

const stepsOf = (...texts: readonly string[]) => ({
  steps: texts.map((text, index) => ({ index, text })),
})

t.test('the answer early, late, twice, never', async t => {
  const cases: readonly (readonly [string, readonly string[], readonly number[]])[] = [
    ['early', ['It is 42, I think.', 'Let me check.', 'Yes.'], [0]],
    ['late', ['Let me see.', '40 + 2', 'So x = 42.'], [2]],
    ['twice', ['Maybe 42?', 'No, 41.', 'Yes, 42.'], [0, 2]],
    ['never', ['40 and 2.', '142, 420, 4.2, 42.5'], []],
    ['no steps', [], []],
  ]
  for (const [name, texts, expected] of cases) {
    t.strictSame(answerSteps(stepsOf(...texts), '42'), expected, name)
  }
  t.strictSame(answerSteps(stepsOf('a', 'b'), null), [], 'no answer is stated nowhere')
  t.strictSame(answerSteps(stepsOf('a', 'b'), ''), [])
  // the index of a step, not its place
  t.strictSame(answerSteps({ steps: [{ index: 7, text: 'so 42' }] }, '42'), [7])
})

/** [answer, a text that states it, a text that does not] */
const spellings: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['42', ['\\boxed{42}', '$x=42$', 'x=84/2=42.', '042', '42.0', '**42**', '(42, 7)', '42cm'], []],
  [
    '42',
    ['６×７＝４２'],
    ['x42', 'x_{42}', '2^{42}', '42,000', '1,042', '0.42', '42.5', '-42', '1/42.5'],
  ],
  ['1234', ['1,234', '1{,}234', '1\\,234', '1234.00', '1\u00a0234'], ['1,2,3,4', '12,34', '11234']],
  ['-5', ['x = -5', 'it is \u22125.', '- 5'], ['10-5', '10 - 5', 'x - 5', '5']],
  ['5', ['10-5', '10 - 5', '- 5 apples', 'from 5 to 6'], ['x = -5']],
  ['1/2', ['\\frac{1}{2}', '\\dfrac{1}{2}', '0.5', '.50', '2/4'], ['1.2', '12']],
  ['\\frac{3}{4}', ['0.75', '3/4'], ['4/3']],
  ['0.50', ['a half, 1/2'], ['0.05', '50']],
  [
    '42',
    ['forty-two', 'Forty two apples', '四十二个'],
    ['one hundred and forty-two', 'forty', '四十', '一百四十二'],
  ],
  [
    '1225',
    ['one thousand two hundred and twenty-five', 'twelve hundred twenty five', '一千二百二十五'],
    ['twenty-five'],
  ],
  ['42 apples', ['there are 42', '42 pears'], ['24']],
  ['30\\%', ['a share of 30%'], ['13%']],
  [
    'B',
    ['(B)', 'the answer is B.', '\\boxed{B}', 'option B', '**B**', 'B) nine'],
    ['B', 'Bob', 'A and C', 'it is Be'],
  ],
  ['A', ['so it is A', 'choice A'], ['A train leaves.', 'is Apt', 'this is a test']],
  ['x^2 + 1', ['so $x^2+1$', 'x^2 + 1 = 0'], ['x^2 + 10', '2x^2 + 2']],
  ['2\\sqrt{3}', ['= 2 \\sqrt{3}.'], ['12\\sqrt{3}', '2\\sqrt{5}']],
  ['18 dollars', ['$18 in all'], ['$180']],
  ['90°', ['an angle of 90 degrees'], ['9']],
  ['x = 5', ['so 5 it is', 'x=5'], ['x = 50']],
  ['3, 5', ['3 and 5', 'x = 5 or x = 3'], ['only 3', 'only 5']],
  ['2^{10}', ['it is 1024', '2^{10} of them'], ['2^{100}']],
  ['1 1/2', ['1.5', '3/2', '1\\frac{1}{2}', '\\frac32'], ['1', '1/2']],
  ['Paris', ['in paris, of course', '"Paris"'], ['comparison', 'parish']],
  ['New York', ['It is New  York.'], ['York', 'new yorker']],
]

t.test('the same value in other spellings, and other values', async t => {
  for (const [answer, stating, other] of spellings) {
    for (const text of stating)
      t.strictSame(answerSteps(stepsOf(text), answer), [0], `${answer}: ${text}`)
    for (const text of other)
      t.strictSame(answerSteps(stepsOf(text), answer), [], `${answer}: not ${text}`)
  }
})

t.test('values are compared exactly, beyond what a number holds', async t => {
  t.strictSame(answerSteps(stepsOf('9007199254740993'), '9007199254740993'), [0])
  t.strictSame(answerSteps(stepsOf('9007199254740993'), '9007199254740992'), [])
  t.strictSame(answerSteps(stepsOf('5/0'), '5/0'), [0], 'no division by zero')
})

t.test('numbers in words, one by one', async t => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ['zero', [0]],
    ['a hundred and one, two', [101, 2]],
    ['two three', [2, 3]],
    ['twenty twenty-one', [20, 21]],
    ['ten twenty', [10, 20]],
    ['seven million three hundred thousand and nine', [7_300_009]],
    ['thousand two thousand', [1000, 2000]],
    ['a cat and a dog', []],
    ['someone often won', []],
    ['两万零五十', [20_050]],
    ['二零二四年', [2024]],
    ['一亿三千万', [130_000_000]],
    ['十二', [12]],
  ]
  for (const [text, numbers] of cases) t.strictSame(numbersInWords(text).map(Number), numbers, text)
})

/** English words for a number below a million, by another way than the reader's: recursion. */
function wordsOf(value: number): string {
  const small =
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
      ' ',
    )
  const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')
  if (value < 20) return small[value] ?? ''
  if (value < 100) {
    const ten = tens[Math.floor(value / 10) - 2]
    return value % 10 === 0 ? `${ten}` : `${ten}-${small[value % 10]}`
  }
  const [size, name] = value < 1000 ? [100, 'hundred'] : [1000, 'thousand']
  const rest = value % size
  const head = `${wordsOf(Math.floor(value / size))} ${name}`
  return rest === 0 ? head : `${head} ${rest < 100 ? 'and ' : ''}${wordsOf(rest)}`
}

t.test('every number below a thousand, and some more, is read from its words', async t => {
  const some = Array.from({ length: 500 }, (_, i) => 1000 + i * 1997)
  const wrong = [...Array(1000).keys(), ...some].filter(value => {
    const found = numbersInWords(`so ${wordsOf(value)}.`)
    return found.length !== 1 || Number(found[0]) !== value
  })
  t.strictSame(wrong, [])
})

t.test('a step of a megabyte is read to its end', async t => {
  // patterns that backtrack would take minutes
  for (const run of ['1', '.1', '1,', '-', 'one ', 'a ', '一', '\\frac{1}', '1/', ' ', '(B']) {
    const text = run.repeat(Math.ceil(1e6 / run.length))
    answerSteps(stepsOf(text), '42')
    answerSteps(stepsOf(text), 'B')
    t.pass(run)
  }
})
