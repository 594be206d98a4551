/** Pairs of answers and texts with answers that people read and judged one by one; the checker has to say the same. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { answerPlace, extractAnswer } from '../../dist/evaluate/answer.js'
import { decideAnswer, sameAnswer } from '../../dist/evaluate/canonical.js'

function lines<T>(path: string): T[] {
  const text = readFileSync(path, 'utf8').trim()
  return text.split('\n').map(line => JSON.parse(line))
}

const data = join(packageFolder, 'test/evaluate/data')

interface Pair {
  readonly group: string
  readonly found: string
  readonly expected: string
  readonly verdict: string
}

t.test('pairs of answers are equal, different or undecided as people judged', async t => {
  const pairs = lines<Pair>(join(data, 'pairs.jsonl'))
  t.ok(pairs.length >= 200, `${pairs.length} pairs`)
  for (const { group, found, expected, verdict } of pairs) {
    const decision = decideAnswer(found, expected)
    t.equal(decision.verdict, verdict, `${group}: ${found} for ${expected} (${decision.by})`)
    t.ok(decision.by !== '' && decision.found !== null && decision.expected !== '', 'and says why')
  }
})

t.test('equality does not depend on the order', async t => {
  for (const { found, expected, verdict } of lines<Pair>(join(data, 'pairs.jsonl'))) {
    // a letter is a choice only where it is expected
    if (/^\(?[A-J]\)?$/.test(expected)) continue
    t.equal(decideAnswer(expected, found).verdict, verdict, `${expected} for ${found}`)
  }
})

t.test('the answer of a text, and how it was found', async t => {
  const texts = lines<{ text: string; value: string | null; extraction: string }>(
    join(data, 'texts.jsonl'),
  )
  for (const { text, value, extraction } of texts) {
    t.strictSame(extractAnswer(text), { value, extraction }, JSON.stringify(text.slice(-80)))
    const place = answerPlace(text)
    if (place !== null) t.ok(text.slice(place.start, place.end).trim() !== '', 'and where')
  }
})

const shared = join(packageFolder, '../shared/data')

t.test(
  'made texts and the answers that a reader takes',
  {
    skip: existsSync(shared) ? false : 'the shared data are not beside this checkout',
  },
  async t => {
    for (const name of ['answers.jsonl', 'cases/05-escaped-dollar.jsonl']) {
      for (const { text, gold } of lines<{ text: string; gold: string }>(join(shared, name))) {
        const { value } = extractAnswer(text)
        t.ok(sameAnswer(value, gold), `${JSON.stringify(text)}: ${value} for ${gold}`)
      }
    }
  },
)

t.test(
  'of several right answers any one will do, and the nearest one gives the reason',
  async t => {
    t.match(decideAnswer('5', ['4', '5']), { verdict: 'equal', expected: '5' })
    t.match(decideAnswer('0.33', ['4', '1/3']), { verdict: 'undecided', expected: '1/3' })
    t.match(decideAnswer('6', ['4', '5']), { verdict: 'different', expected: '4' })
    t.match(decideAnswer(null, '4'), { verdict: 'different', by: 'no answer', found: null })
    t.throws(() => decideAnswer('5', []), { code: 'ERR_INVALID_ARG_VALUE' })
  },
)

t.test('the kind of the expected answer', async t => {
  const kinds: readonly (readonly [string, string])[] = [
    ['73', 'integer'],
    ['\\frac{4}{2}', 'integer'],
    ['0.5', 'number'],
    ['\\frac12', 'fraction'],
    ['2\\sqrt3', 'expression'],
    ['x^2 + 1', 'expression'],
    ['x = 5', 'integer'],
    ['2x + 3y = 6', 'equation'],
    ['(1, 2)', 'tuple'],
    ['3, 5', 'set'],
    ['\\{3, 5\\}', 'set'],
    ['[1, 2)', 'interval'],
    ['x > 5', 'interval'],
    ['\\begin{pmatrix}1\\\\2\\end{pmatrix}', 'matrix'],
    ['3:4', 'ratio'],
    ['B', 'choice'],
    ['(B)', 'choice'],
    ['Evelyn', 'text'],
  ]
  for (const [expected, kind] of kinds) t.equal(decideAnswer('0', expected).kind, kind, expected)
})

t.test('long and nested texts are read in linear time', async t => {
  // each of these took seconds to minutes where a way was quadratic; a hang is what fails here
  const runs = ['\\boxed{', 'answer is ', 'answer is 5 ', 'So 5 ', '. So a', '= 5x \n', '1 ', '$1 ']
  const more = ['Answer: $', '#### \n', '(', '\\boxed{5}, ', 'x = 3 or ', 'option ', '\\frac{1}{']
  for (const run of [...runs, ...more]) {
    extractAnswer(run.repeat(Math.ceil(1e6 / run.length)))
    extractAnswer(`The answer is ${run.repeat(Math.ceil(1e6 / run.length))}`)
  }
  const nested = (inside: string) => '\\boxed{'.repeat(20_000) + inside + '}'.repeat(20_000)
  t.equal(extractAnswer(nested('5')).value, '5')
  t.equal(extractAnswer(nested('')).value, null)
  const deep = `${'('.repeat(900)}5${')'.repeat(900)}`
  t.equal(decideAnswer(deep, '5').verdict, 'undecided', 'deeper than anybody writes')
  t.equal(decideAnswer('9^{9^{9^9}}', '1').verdict, 'undecided', 'larger than anybody counts')
  t.equal(decideAnswer(`${'9'.repeat(3000)}`, '9').verdict, 'undecided', 'longer than an answer')
})
