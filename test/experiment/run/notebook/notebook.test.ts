/** The notebook preset against the seed's own functions; test/golden/make_notebook.py ran them. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { codePointLength } from '../../../../dist/base/text.js'
import {
  extractNotebookAnswer,
  repromptText,
} from '../../../../dist/experiment/run/notebook/answer.js'
import {
  assistantOffset,
  assistantPrefix,
  importances,
  pairwiseSum,
  textsToCount,
} from '../../../../dist/experiment/run/notebook/importance.js'
import { pruneNotebook } from '../../../../dist/experiment/run/notebook/prune.js'
import * as python from '../../../../dist/experiment/run/notebook/python.js'
import {
  type NotebookStep,
  segmentNotebook,
} from '../../../../dist/experiment/run/notebook/segment.js'

type RowKind = 'rough' | 'tenths' | 'flat' | 'zero' | 'spikes'
type Template = 'im' | 'deepseek' | 'astral'

interface GoldenCase {
  readonly text: string
  /** The text that steps are searched in, where it is another one. */
  readonly full?: string
  /** Both absent where there is no think block. */
  readonly thinking?: string
  readonly after?: string
  readonly steps: readonly string[]
  readonly answer: number | null
  readonly template: Template
  /** A text of n code points has ceil(n · rate[0] / rate[1]) tokens. */
  readonly rate: readonly [number, number]
  readonly limit: number
  readonly row: readonly [seed: number, kind: RowKind, length: number]
  readonly offset: number
  readonly importances: readonly number[]
  /** One for each threshold. */
  readonly pruned: readonly (readonly [flags: string, digest: string, answer: number | null])[]
}

interface Golden {
  readonly python: string
  readonly numpy: string
  readonly unicode: string
  readonly problem: string
  readonly thresholds: readonly number[]
  readonly cases: readonly GoldenCase[]
  readonly prunes: readonly (readonly [importances: readonly (number | null)[], flags: string[]])[]
  readonly sums: readonly (readonly [number, RowKind, start: number, end: number, sum: number])[]
  readonly classes: Readonly<Record<'assigned' | 'word' | 'digit' | 'space' | 'strip', string>> & {
    readonly zeros: readonly number[]
    readonly folded: Readonly<Record<string, readonly number[]>>
  }
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../golden/notebook.json', import.meta.url), 'utf8'),
)

/* ---- what the golden script computes too -------------------------------------------------- */

function chatText(template: Template, prompt: string, content: string): string {
  if (template === 'deepseek') {
    const open = '<｜begin▁of▁sentence｜><｜User｜>'
    return `${open}${prompt}<｜Assistant｜>${content}<｜end▁of▁sentence｜>`
  }
  const behind = template === 'astral' ? '\u{1f600}' : '\n'
  const user = `<|im_start|>user\n${prompt}<|im_end|>\n`
  return `${user}<|im_start|>assistant${behind}${content}<|im_end|>\n`
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits
    return (bits ^ (bits >>> 14)) >>> 0
  }
}

function makeRow(seed: number, kind: RowKind, length: number): Float64Array {
  const next = mulberry32(seed)
  return Float64Array.from({ length }, (_, i) => {
    const u = next()
    const v = next()
    const rough = u / 4294967291 / (1 + (v % 1000))
    if (kind === 'rough') return rough
    if (kind === 'tenths') return (u % 4) / 10
    if (kind === 'flat') return 1 / length
    return kind === 'spikes' && i % 7 === 0 ? rough : 0
  })
}

const digest = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 12)

const flagsOf = (length: number, kept: readonly number[]): string =>
  Array.from({ length }, (_, i) => (kept.includes(i) ? '1' : '0')).join('')

/* ---- golden data -------------------------------------------------------------------------- */

/** Descriptions of what differs, so that a failing run names all of it. */
class Differences {
  readonly found: string[] = []
  compared = 0

  same(where: string, actual: unknown, expected: unknown): void {
    this.compared++
    const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)]
    if (a !== e) this.found.push(`${where}: ${a} is not ${e}`)
  }

  /** Bit for bit; NaN is never right. */
  sameBits(where: string, actual: readonly number[], expected: readonly number[]): void {
    this.compared++
    const equal =
      actual.length === expected.length && actual.every((x, i) => Object.is(x, expected[i]))
    if (!equal) this.found.push(`${where}: ${actual} is not ${expected}`)
  }
}

function scoreCase(golden: GoldenCase, steps: readonly NotebookStep[], problem: string) {
  const count = (text: string): number =>
    Math.ceil((codePointLength(text) * golden.rate[0]) / golden.rate[1])
  const full = golden.full ?? golden.text
  const chat = chatText(golden.template, problem, full)
  const offset = assistantOffset(chat, text => count(text) + 1)
  const row = makeRow(golden.row[0], golden.row[1], Math.min(count(chat) + 1, golden.limit))
  const counts = textsToCount(steps, full).map(texts =>
    texts === null ? null : { prefix: count(texts.prefix), step: count(texts.step) },
  )
  return { offset, length: row.length, scores: importances(row, offset, counts) }
}

function comparePruned(
  differences: Differences,
  where: string,
  golden: GoldenCase,
  { problem, thresholds }: Golden,
): void {
  const { steps, thinking, answer } = segmentNotebook(golden.text)
  const scored = steps.map((step, i) => ({
    ...step,
    importance: golden.importances[i] ?? Number.NaN,
  }))
  for (const [i, expected] of golden.pruned.entries()) {
    const threshold = thresholds[i] ?? Number.NaN
    const { text, kept } = pruneNotebook(scored, thinking, answer, threshold)
    const flags = flagsOf(steps.length, kept)
    const actual = [flags, digest(repromptText(problem, text)), extractNotebookAnswer(text)]
    differences.same(`${where} at ${threshold}`, actual, expected)
  }
}

t.test('every golden text gives what the seed gives', t => {
  const differences = new Differences()
  for (const [i, expected] of golden.cases.entries()) {
    const { steps, thinking, answer } = segmentNotebook(expected.text)
    differences.same(
      `segment ${i}`,
      [steps.map(step => step.text), thinking, answer],
      [expected.steps, expected.thinking ?? expected.text, expected.after ?? ''],
    )
    differences.same(`answer ${i}`, extractNotebookAnswer(expected.text), expected.answer)
    const { offset, length, scores } = scoreCase(expected, steps, golden.problem)
    differences.same(`row ${i}`, [offset, length], [expected.offset, expected.row[2]])
    differences.sameBits(`importances ${i}`, scores, expected.importances)
    comparePruned(differences, `prune ${i}`, expected, golden)
  }
  t.same(differences.found, [])
  t.ok(golden.cases.length >= 390 && differences.compared > 3000)
  t.comment(`${golden.cases.length} texts, ${differences.compared} comparisons`)
  t.comment(`Python ${golden.python}, numpy ${golden.numpy}`)
  t.end()
})

t.test('kept sets of given importances, with ties and NaN', t => {
  const differences = new Differences()
  for (const [values, flags] of golden.prunes) {
    const steps = values.map((value, index) => ({
      text: `step ${index}`,
      index,
      importance: value ?? Number.NaN,
    }))
    const actual = golden.thresholds.map(threshold =>
      flagsOf(steps.length, pruneNotebook(steps, 't', 'a', threshold).kept),
    )
    differences.same(JSON.stringify(values), actual, flags)
  }
  t.same(differences.found, [])
  t.end()
})

t.test('pairwiseSum is np.sum bit for bit', t => {
  const differences = new Differences()
  for (const [seed, kind, start, end, sum] of golden.sums) {
    const actual = pairwiseSum(makeRow(seed, kind, end), start, end)
    differences.sameBits(`${kind} ${start} to ${end}`, [actual], [sum])
  }
  t.same(differences.found, [])
  t.equal(pairwiseSum([], 0, 0), 0)
  t.end()
})

/* ---- Python semantics --------------------------------------------------------------------- */

/** Whether the golden ranges hold a code point. */
function member(ranges: string): (code: number) => boolean {
  const inside = new Uint8Array(0x110000)
  let [last, holds] = [0, false]
  for (const step of ranges.split(' ')) {
    const edge = last + Number.parseInt(step, 36)
    if (holds) inside.fill(1, last, edge)
    last = edge
    holds = !holds
  }
  return code => inside[code] === 1
}

const isAssigned = member(golden.classes.assigned)
const assignedCodes = Array.from({ length: 0x110000 }, (_, code) => code).filter(isAssigned)

t.test('character classes are Python’s for all that its Unicode assigns', t => {
  const classes = {
    word: new RegExp(`^${python.WORD}$`, 'u'),
    digit: new RegExp(`^${python.DIGIT}$`, 'u'),
    space: new RegExp(`^[${python.SPACES}]$`, 'u'),
    strip: { test: (character: string) => python.strip(character) === '' },
  }
  const names: readonly (keyof typeof classes)[] = ['word', 'digit', 'space', 'strip']
  for (const name of names) {
    const isMember = member(golden.classes[name])
    const wrong = assignedCodes
      .filter(code => isMember(code) !== classes[name].test(String.fromCodePoint(code)))
      .map(code => code.toString(16))
    t.same(wrong, [], `${name}, Unicode ${golden.unicode}`)
  }
  t.end()
})

t.test('int() reads the digits of all scripts and refuses more than 4300', t => {
  for (const zero of golden.classes.zeros) {
    const digits = Array.from({ length: 10 }, (_, k) => String.fromCodePoint(zero + k)).join('')
    t.equal(python.int(digits), 123456789n, `zero at ${zero.toString(16)}`)
  }
  t.equal(python.int('1\u0660\uff19'), 109n)
  t.equal(python.int(`${'0'.repeat(4299)}7`), 7n)
  t.equal(python.int(`${'0'.repeat(4300)}7`), null)
  t.end()
})

t.test('ignoreCase() matches what Python’s IGNORECASE matches', t => {
  for (const [letter, codes] of Object.entries(golden.classes.folded)) {
    const pattern = new RegExp(`^${python.ignoreCase(letter)}$`, 'u')
    const matched = assignedCodes.filter(code => pattern.test(String.fromCodePoint(code)))
    t.same(matched, codes, letter)
  }
  t.end()
})

t.test('compensatedSum() is Python’s sum() since 3.12', t => {
  t.equal(python.compensatedSum(Array.from({ length: 10 }, () => 0.1)), 1)
  t.equal(python.compensatedSum([1e16, 1, -1e16]), 1)
  t.equal(python.compensatedSum([]), 0)
  t.equal(python.compensatedSum([1, Number.POSITIVE_INFINITY]), Number.POSITIVE_INFINITY)
  t.end()
})

t.test('lastCodePoints() never halves a character', t => {
  t.equal(python.lastCodePoints('\u{1f600}\u{1f601}\u{1f602}', 2), '\u{1f601}\u{1f602}')
  t.equal(python.lastCodePoints('x\u{1f600}y', 2), '\u{1f600}y')
  t.equal(python.lastCodePoints('ab', 3), 'ab')
  t.end()
})

/* ---- faults of the seed that the preset keeps --------------------------------------------- */

t.test('fault: a repeated step gets the attention of its first occurrence', t => {
  const text = 'repeated!!\n\nin between\n\nrepeated!!'
  const texts = textsToCount(segmentNotebook(text).steps, text)
  t.same(texts[2], texts[0])
  const row = [...text].map((_, i) => (i >= text.lastIndexOf('repeated') ? 1 : 0.01))
  const counts = texts.map(
    found => found && { prefix: found.prefix.length, step: found.step.length },
  )
  const [first, between, last] = importances(row, 0, counts)
  t.equal(last, first)
  t.equal(between, first)
  t.end()
})

t.test('fault: a step that also is a part of an earlier one is found there', t => {
  const text = 'so it is: the sum is 42\n\nthe sum is 42'
  t.same(textsToCount(segmentNotebook(text).steps, text)[1], {
    prefix: 'so it is: ',
    step: 'the sum is 42',
  })
  t.end()
})

t.test('fault: the answer’s text leaks into the pruned text and the prompt', t => {
  const text = '<think>this step is low\n\nthis step is high</think>Therefore \\boxed{42}'
  const { steps, thinking, answer } = segmentNotebook(text)
  const scored = steps.map(step => ({ ...step, importance: step.index }))
  const pruned = pruneNotebook(scored, thinking, answer, 0.5)
  t.same(pruned, { text: 'this step is high\nTherefore \\boxed{42}', kept: [1] })
  t.match(repromptText('What?', pruned.text), '\\boxed{42}')
  t.equal(extractNotebookAnswer(pruned.text), 42)
  t.end()
})

t.test('fault: sums favour long steps', t => {
  const row = Array.from({ length: 40 }, () => 1 / 40)
  const [short = 0, long = 0] = importances(row, 0, [
    { prefix: 0, step: 10 },
    { prefix: 10, step: 30 },
  ])
  t.ok(Math.abs(short - 0.25) < 1e-12 && Math.abs(long - 0.75) < 1e-12)
  t.end()
})

t.test('fault: the marker is missing from DeepSeek’s template, spans then start at 0', t => {
  const chat = chatText('deepseek', 'a question', 'a response')
  t.equal(assistantPrefix(chat), null)
  t.equal(
    assistantOffset(chat, () => 17),
    0,
  )
  t.end()
})

t.test('the offset takes in one whole character behind the marker', t => {
  const marker = '<|im_start|>assistant'
  t.equal(assistantPrefix(`a${marker}\u{1f600}b${marker}`), `a${marker}\u{1f600}`)
  t.equal(assistantPrefix(`${marker}\nb`), `${marker}\n`)
  t.equal(assistantPrefix(marker), marker)
  t.end()
})

t.test('a step without tokens takes one; one that is not in the text gets 0', t => {
  t.same(textsToCount([{ text: 'not in it', index: 0 }], 'a text'), [null])
  t.same(importances([0.5, 0.5], 0, [{ prefix: 1, step: 0 }, null]), [1, 0])
  t.end()
})

t.test('fault: steps behind the truncation share the row’s last value', t => {
  const counts = [
    { prefix: 0, step: 2 },
    { prefix: 50, step: 10 },
    { prefix: 90, step: 10 },
  ]
  t.same(importances([0.25, 0.25, 0.5], 0, counts), [1 / 3, 1 / 3, 1 / 3])
  t.same(importances([], 0, counts), [0, 0, 0])
  t.end()
})

t.test('fault: short chunks are lost, except at threshold 0', t => {
  const { steps, thinking, answer } = segmentNotebook('x = 42\n\nlong enough step')
  const scored = steps.map(step => ({ ...step, importance: 1 }))
  t.equal(pruneNotebook(scored, thinking, answer, 0.1).text, 'long enough step\n')
  t.equal(pruneNotebook(scored, thinking, answer, 0).text, 'x = 42\n\nlong enough step\n')
  t.end()
})

t.test('fault: the last resort takes any short number, cut out of a longer one or not', t => {
  t.equal(extractNotebookAnswer(`12345${'x'.repeat(197).replace(/^x/, ' ')}`), 345)
  t.equal(extractNotebookAnswer('We try cases 1, 2 and 3'), 3)
  t.equal(extractNotebookAnswer('no number'), null)
  t.end()
})

t.test('without steps only threshold 0 prunes', t => {
  t.same(pruneNotebook([], 'short', '', 0), { text: 'short\n', kept: [] })
  t.throws(() => pruneNotebook([], 'short', '', 0.1), { code: 'ERR_NO_STEPS' })
  t.end()
})
