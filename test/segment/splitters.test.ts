/** The splitters: which pieces they find in a text. */

import t from 'tap'
import { segment } from '../../dist/segment/segment.js'
import {
  controlWordSplitter,
  controlWords,
  traacCodeSplitter,
} from '../../dist/segment/splitters/control-words.js'
import { splitters } from '../../dist/segment/splitters/index.js'
import { line } from '../../dist/segment/splitters/line.js'
import { paragraph } from '../../dist/segment/splitters/paragraph.js'
import { sentence } from '../../dist/segment/splitters/sentence.js'
import type { Splitter } from '../../types/public.js'
import { fakeTrace } from '../support/fake-trace.js'
import { mulberry32, testSeed } from '../support/random.mjs'

const seed = testSeed()
t.comment(`COT_PRUNE_SEED=${seed}`)

/* ---- paragraph ---------------------------------------------------------------------------- */

const texts = (splitter: Splitter, text: string) =>
  splitter.split(text).map(({ start, end }) => text.slice(start, end))

t.test('paragraph is re.split and strip, with lines of blanks and of Windows', async t => {
  const random = mulberry32(seed)
  const parts = ['a', 'bc', '\n', '\n\n', '\n\n\n', ' ', '\t\n', '\r\n\r\n', '\ufeff', '\u3000']
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: random.integer(15) }, () => random.pick(parts)).join('')
    // JavaScript's \s and trim also take U+FEFF, which Python does not.
    const expected = text
      .split(/\r?\n(?:[ \t]*\r?\n)+/)
      .map(piece => piece.replace(/^[^\S\ufeff]+|[^\S\ufeff]+$/g, ''))
      .filter(piece => piece !== '')
    const found = texts(paragraph, text)
    if (JSON.stringify(found) !== JSON.stringify(expected)) t.strictSame(found, expected)
  }
  t.strictSame(texts(paragraph, 'a\n\n\n b \n \nc\r\n\r\nd\n\n'), ['a', 'b', 'c', 'd'])
  t.strictSame(texts(paragraph, 'a\nb\r\nc \n d'), ['a\nb\r\nc \n d'], 'single breaks are none')
})

/* ---- sentence ----------------------------------------------------------------------------- */

t.test('sentence finds in windows and lines what Unicode finds in the whole text', async t => {
  const random = mulberry32(seed)
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
  const parts = [
    'Wait. ',
    'so 3.5 is',
    ' Mr. Smith',
    '! ',
    '?" (',
    '12. ',
    '\n',
    '\r\n',
    ' ',
    '。',
    '…',
  ]
  const long = 'no end '.repeat(700)
  for (let round = 0; round < 40; round++) {
    const pick = () => (random.integer(60) === 0 ? long : random.pick(parts))
    const text = Array.from({ length: random.integer(300) }, pick).join('')
    const whole = Array.from(segmenter.segment(text), ({ segment }) => segment.trim())
    const expected = whole.filter(piece => piece !== '')
    const found = texts(sentence, text).map(piece => piece.trim())
    if (JSON.stringify(found) !== JSON.stringify(expected)) t.strictSame(found, expected)
  }
})

/* ---- other splitters ---------------------------------------------------------------------- */

t.test('control-words: 32 phrases as whole words, longest first, case matters', async t => {
  t.equal(new Set(controlWords).size, 32)
  t.equal(controlWords.filter(phrase => !phrase.includes(' ')).length, 18)
  for (const phrase of controlWords) {
    const found = texts(controlWordSplitter, `x + y. ${phrase}, it is 3.`)
    t.strictSame(found, ['x + y.', `${phrase}, it is 3.`], phrase)
  }
  const text =
    'Some are left. So 2 + 2. But wait, it was Solved. Let me double-check: so Sox. Thus 4'
  t.strictSame(texts(controlWordSplitter, text), [
    'Some are left.',
    'So 2 + 2.',
    'But wait, it was Solved.',
    'Let me double-check: so Sox.',
    'Thus 4',
  ])
  t.strictSame(texts(controlWordSplitter, 'Não é Soé, éSo, So_x'), ['Não é Soé, éSo, So_x'])
})

t.test('control-words-traac-code: single words only, anywhere', async t => {
  const found = texts(traacCodeSplitter, 'Some x. Hold on, Nowhere. Let me see. Wait')
  t.strictSame(found, ['Some x. Hold on,', 'Nowhere. Let me see.', 'Wait'])
  // as in the released code the space before a word makes its token one of the step before
  const steps = segment(
    fakeTrace(['<think>', 'a', '.', ' Wait', ' b', '\n', 'Wait', ' c', '</think>']),
    {
      splitter: 'control-words-traac-code',
      minCharacters: 0,
    },
  ).steps.map(({ text, tokenStart, tokenEnd }) => [text, tokenStart, tokenEnd])
  t.strictSame(steps, [
    ['a.', 1, 4],
    ['Wait b', 4, 6],
    ['Wait c', 6, 8],
  ])
})

t.test('sentence and line', async t => {
  const text = '  2.5 + 1 = 3.5. Is it? Yes!\nGood \n\n\t\n end'
  t.strictSame(texts(sentence, text), ['2.5 + 1 = 3.5.', 'Is it?', 'Yes!', 'Good', 'end'])
  t.strictSame(texts(line, text), ['2.5 + 1 = 3.5. Is it? Yes!', 'Good', 'end'])
  for (const splitter of Object.values(splitters)) {
    t.strictSame(texts(splitter, ''), [], splitter.name)
    t.strictSame(texts(splitter, ' \n\n '), [], splitter.name)
  }
})

t.test('every splitter: pieces ascend, are stripped, and lose nothing but space', async t => {
  const random = mulberry32(seed)
  const words = [...controlWords, ...['So', 'x', '12.', '\n', '\n\n', ' ', '?', '😀', "don't", 'é']]
  for (const splitter of Object.values(splitters)) {
    for (let round = 0; round < 200; round++) {
      const parts = Array.from({ length: random.integer(12) }, () => random.pick(words))
      const text = parts.join(random.pick(['', ' ']))
      const pieces = texts(splitter, text)
      const squeeze = (value: string) => value.replace(/\s/g, '')
      if (squeeze(pieces.join('')) !== squeeze(text)) t.equal(pieces.join('|'), text, splitter.name)
      if (pieces.some(piece => piece !== piece.trim())) t.fail(`${splitter.name}: ${pieces}`)
    }
  }
  t.pass('no piece was wrong')
})
