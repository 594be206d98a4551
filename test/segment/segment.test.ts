import t from 'tap'
import { codePointLength, stripRange } from '../../dist/base/text.js'
import { whileWriting } from '../../dist/segment/options.js'
import { segment } from '../../dist/segment/segment.js'
import type { SegmentOptions, Splitter, Trace } from '../../types/public.js'
import { call } from '../support/call.js'
import { fakeScored, fakeTrace } from '../support/fake-trace.js'
import { mulberry32, testSeed } from '../support/random.mjs'

const seed = testSeed()
t.comment(`COT_PRUNE_SEED=${seed}`)

/* ---- text --------------------------------------------------------------------------------- */

/** What `[c for c in range(0x110000) if chr(c).isspace()]` prints in Python 3.11. */
const pythonSpaces = [
  9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198,
  8199, 8200, 8201, 8202, 8232, 8233, 8239, 8287, 12288,
]

t.test('stripRange strips what Python strips, no unit more or less', async t => {
  const stripped = Array.from({ length: 0x10000 }, (_, unit) => unit).filter(unit => {
    const { start, end } = stripRange(String.fromCharCode(unit), 0, 1)
    return start === end
  })
  t.strictSame(stripped, pythonSpaces)
  t.strictSame(stripRange(' \n a b\t ', 0, 8), { start: 3, end: 6 })
  t.strictSame(stripRange('xx  xx', 2, 4), { start: 4, end: 4 })
})

t.test('codePointLength counts as Python does', async t => {
  t.equal(codePointLength(''), 0)
  t.equal(codePointLength('a😀é'), 3)
  t.equal(codePointLength('\ud83d'), 1)
  t.equal(codePointLength('\ude00\ud83d'), 2)
  t.equal(codePointLength('a😀b', 1, 3), 1)
  t.equal(codePointLength('a😀b', 1, 2), 1, 'half a pair is one')
})

/* ---- segment ------------------------------------------------------------------------------ */

/** Each step as [text, text of its tokens]. */
function stepsOf(trace: Trace, pieces: readonly string[], options?: SegmentOptions) {
  return segment(trace, options).steps.map(({ text, tokenStart, tokenEnd }) => [
    text,
    pieces.slice(tokenStart, tokenEnd).join('|'),
  ])
}

const cut = (pieces: readonly string[], options?: SegmentOptions) =>
  stepsOf(fakeTrace(pieces), pieces, options)

const all: SegmentOptions = { minCharacters: 0 }

t.test(
  'steps tile the tokens: separators belong to the step before, the last runs to the end',
  async t => {
    const pieces = [
      '<think>',
      '\n',
      'first',
      ' step',
      '\n\n',
      'second',
      '\n\n\n',
      'third',
      '\n',
      '</think>',
      'x\n\ny',
    ]
    t.strictSame(cut(pieces, all), [
      ['first step', 'first| step|\n\n'],
      ['second', 'second|\n\n\n'],
      ['third', 'third|\n'],
    ])
    const { steps, splitter } = segment(fakeTrace(pieces), all)
    t.equal(splitter, 'paragraph')
    t.strictSame(
      steps.map(({ index }) => index),
      [0, 1, 2],
    )
    t.strictSame(steps[1], {
      index: 1,
      text: 'second',
      tokenStart: 5,
      tokenEnd: 7,
      charStart: 20,
      charEnd: 26,
    })
  },
)

t.test('a token across a border belongs to the step of its first character', async t => {
  t.strictSame(cut(['a.\n', '\nb', ' c', '\n\n'], all), [
    ['a.', 'a.\n|\nb'],
    ['b c', ' c|\n\n'],
  ])
  t.strictSame(cut(['a\n\nb\n\nc', ' d'], all), [
    ['a', 'a\n\nb\n\nc'],
    ['b', ''],
    ['c d', ' d'],
  ])
})

t.test('short pieces join the step before, those at the start the step behind', async t => {
  const long = 'ten chars.'
  const pieces = ['ok', '\n\n', 'hm', '\n\n', long, '\n\n', 'no', '\n\n', 'so', '\n\n', `${long}!`]
  t.strictSame(cut(pieces), [
    [`ok\n\nhm\n\n${long}\n\nno\n\nso`, pieces.slice(0, 10).join('|')],
    [`${long}!`, `${long}!`],
  ])
  t.strictSame(cut(['ok', '\n\n', 'hm']), [['ok\n\nhm', 'ok|\n\n|hm']], 'only short ones')
})

t.test('dropped pieces and their separators belong to no step', async t => {
  const pieces = [
    'ok',
    '\n\n',
    'ten chars.',
    '\n\n',
    'no',
    '\n\n',
    'so',
    '\n\n',
    'ten chars!',
    '\n\n',
    'end',
    '\n',
  ]
  t.strictSame(cut(pieces, { short: 'drop' }), [
    ['ten chars.', 'ten chars.|\n\n'],
    ['ten chars!', 'ten chars!|\n\n'],
  ])
  t.strictSame(cut(['ten chars.', '\n'], { short: 'drop' }), [['ten chars.', 'ten chars.|\n']])
})

t.test('short means fewer code points than minCharacters', async t => {
  const nine = '😀'.repeat(9)
  const ten = '😀'.repeat(10)
  t.strictSame(cut([nine, '\n\n', ten], { short: 'drop' }), [[ten, ten]])
  t.strictSame(cut(['a', '\n\n', 'bb'], { short: 'drop', minCharacters: 2 }), [['bb', 'bb']])
})

t.test('no step is a result, not an error', async t => {
  t.strictSame(segment(fakeTrace([])).steps, [])
  t.strictSame(segment(fakeTrace(['\n\n', ' '])).steps, [])
  t.strictSame(segment(fakeTrace(['<think>', '</think>', 'an answer of some length'])).steps, [])
  t.strictSame(cut(['short'], { short: 'drop' }), [])
})

t.test('auto: paragraphs, else lines, else sentences, the first that finds two steps', async t => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['One thing here.\n\nOther thing.', 'paragraph', ['One thing here.', 'Other thing.']],
    [
      'A line of it.\nMore of it.\n\nAnd the rest.',
      'paragraph',
      ['A line of it.\nMore of it.', 'And the rest.'],
    ],
    ['First I add.\nThen I double.', 'line', ['First I add.', 'Then I double.']],
    ['First I add.\r\nThen I double.\r\n', 'line', ['First I add.', 'Then I double.']],
    ['First I add. Then I double.', 'sentence', ['First I add.', 'Then I double.']],
    ['先算四十加二。等于四十二。', 'sentence', ['先算四十加二。', '等于四十二。']],
    // a paragraph that is too short to be a step makes no second one
    ['So.\n\nFirst I add.\nThen I double.', 'line', ['So.\n\nFirst I add.', 'Then I double.']],
    ['only one of them', 'paragraph', ['only one of them']],
    ['', 'paragraph', []],
  ]
  for (const [text, splitter, expected] of cases) {
    for (const options of [undefined, { splitter: 'auto' } as const]) {
      const segmented = segment(fakeTrace([text]), options)
      t.equal(segmented.splitter, splitter, text)
      t.strictSame(
        segmented.steps.map(step => step.text),
        expected,
        text,
      )
    }
  }
  const { steps } = segment(fakeTrace(['First I add.\nThen I double.']), { splitter: 'paragraph' })
  t.equal(steps.length, 1, 'a splitter that was named is used')
  const long = { minCharacters: 13 }
  t.equal(segment(fakeTrace(['First I add.\nThen I double.']), long).splitter, 'paragraph')
})

t.test('a step graph of other steps is left out, one of these steps stays', async t => {
  const trace = fakeTrace(['First I add.', '\n', 'Then I double.'])
  const graphOf = (...steps: readonly { start: number; end: number }[]) => ({
    heads: [],
    steps,
    looks: [],
    decodedTokens: 0,
  })
  const whole = { ...trace, stepGraph: graphOf({ start: 0, end: 3 }) }
  t.equal(segment(whole).stepGraph, undefined)
  t.strictSame(segment(whole, { splitter: 'paragraph' }).stepGraph, whole.stepGraph)
  const lines = { ...trace, stepGraph: graphOf({ start: 0, end: 2 }, { start: 2, end: 3 }) }
  t.strictSame(segment(lines).stepGraph, lines.stepGraph)
})

t.test('while a trace is written auto is paragraph, and nothing else changes', async t => {
  t.strictSame(whileWriting(), { splitter: 'paragraph' })
  t.strictSame(whileWriting({ splitter: 'auto', minCharacters: 3 }), {
    splitter: 'paragraph',
    minCharacters: 3,
  })
  t.strictSame(whileWriting({ splitter: 'line' }), { splitter: 'line' })
})

t.test('steps tile the thinking whatever the tokens are', async t => {
  const random = mulberry32(seed + 1)
  const parts = ['a', 'some text', '\n', '\n\n', '\n\nb', 'c\n\n', ' ', '😀', '']
  for (let round = 0; round < 300; round++) {
    const pieces = Array.from({ length: random.integer(25) }, () => random.pick(parts))
    const trace = fakeTrace(pieces)
    const { steps } = segment(trace, { minCharacters: random.integer(6) })
    for (const [i, step] of steps.entries()) {
      const next = steps[i + 1]?.tokenStart ?? trace.thinking.tokenEnd
      if (step.tokenEnd !== next) t.equal(step.tokenEnd, next, JSON.stringify(pieces))
      if (step.text !== trace.text.slice(step.charStart, step.charEnd)) t.fail(step.text)
      for (let token = step.tokenStart; token < step.tokenEnd; token++) {
        const first = trace.tokenEnds[token - 1] ?? 0
        const before = steps[i + 1]?.charStart ?? trace.text.length + 1
        if (!(first >= step.charStart && first < before)) t.fail(`token ${token} of step ${i}`)
      }
    }
  }
  t.pass('300 traces')
})

t.test('a scored trace that is segmented again loses what belonged to its old steps', async t => {
  const scored = fakeScored([1, 2])
  const again = segment(scored, all)
  t.notOk('scores' in again)
  t.notOk('scoring' in again)
  t.strictSame({ ...again, scores: scored.scores, scoring: scored.scoring }, scored)
})

t.test('the result is data, and the trace is as it was', async t => {
  const trace = fakeTrace(['a step of text', '\n\n', 'another one of them'])
  const before = structuredClone(trace)
  const segmented = segment(trace)
  t.strictSame(trace, before)
  t.strictSame(structuredClone(segmented), segmented)
  t.strictSame(JSON.parse(JSON.stringify(segmented)), segmented)
})

t.test('a splitter of the caller is used, by its name, and empty ranges vanish', async t => {
  const halves: Splitter = {
    name: 'halves',
    split: text => [
      { start: 0, end: 0 },
      { start: 0, end: text.length >> 1 },
      { start: text.length >> 1, end: text.length },
    ],
  }
  const pieces = ['ab', 'cd']
  t.strictSame(cut(pieces, { splitter: halves, minCharacters: 0 }), [
    ['ab', 'ab'],
    ['cd', 'cd'],
  ])
  t.equal(segment(fakeTrace(pieces), { splitter: halves }).splitter, 'halves')
})

t.test('wrong ranges of a splitter are errors that name it', async t => {
  const wrong = [
    [{ start: -1, end: 1 }],
    [{ start: 0, end: 99 }],
    [{ start: 2, end: 1 }],
    [{ start: 0.5, end: 1 }],
    [{ start: Number.NaN, end: 1 }],
    [
      { start: 0, end: 2 },
      { start: 1, end: 3 },
    ],
  ]
  for (const ranges of wrong) {
    const splitter: Splitter = { name: 'mine', split: () => ranges }
    t.throws(() => segment(fakeTrace(['abc']), { splitter }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /splitter 'mine'/,
    })
  }
})

t.test('options are checked before the splitter runs', async t => {
  t.throws(() => call(segment, fakeTrace(['a']), { splitter: 'page' }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /^options\.splitter must be one of 'auto', 'paragraph'/,
  })
  t.throws(() => call(segment, fakeTrace(['a']), null), { code: 'ERR_INVALID_ARG_TYPE' })
})
