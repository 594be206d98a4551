/** TRAAC's difficulty and reward, against values worked out by hand from its released code. */

import t from 'tap'
import { thinkingFormats } from '../../../dist/engine/thinking-formats.js'
import {
  agreement,
  type Difficulty,
  difficultyOf,
  reward,
  targetReductions,
} from '../../../dist/experiment/index.js'

const history = [5000, 3000, 1000, 2000, 4000]
const well = '<think>one</think>two'
const input = { text: well, correct: true, lengths: history, difficulty: 'easy' } as const

t.test('difficulty by pass rate, each border belongs to the easier side', async t => {
  const cases: readonly (readonly [number, Difficulty])[] = [
    [1, 'easy'],
    [0.8, 'easy'],
    [0.79, 'medium'],
    [0.3, 'medium'],
    [0.29, 'hard'],
    [0, 'hard'],
  ]
  for (const [rate, expected] of cases) t.equal(difficultyOf(rate), expected, String(rate))
  t.strictSame(targetReductions, { easy: 0.6, medium: 0.4, hard: 0.2 })
  for (const rate of [Number.NaN, -0.1, 1.1]) {
    t.throws(() => difficultyOf(rate), { name: 'RangeError', message: /passRate/ })
  }
})

t.test('agreement is the share of the most frequent answer', async t => {
  t.equal(agreement(['7', '7', '8', null]), 0.5)
  t.equal(agreement(['7']), 1)
  t.equal(agreement([null, null]), 0, 'no answer agrees with nobody')
  t.equal(agreement(['0.5', '.50', '0.500']), 1, 'spellings of one answer agree')
  t.throws(() => agreement([]), { code: 'ERR_INVALID_ARG_VALUE', message: /answers/ })
})

t.test('the length term: a line or a curve, whichever is higher', async t => {
  const golden: readonly (readonly [number, number])[] = [
    [1000, 1],
    [2500, 0.8411],
    [3000, 0.5],
    [3300, 0.425],
    [5000, 0.0013],
    [6000, 0],
  ]
  for (const [length, expected] of golden) {
    t.equal(reward({ ...input, length }).length.toFixed(4), expected.toFixed(4), `${length}`)
  }
  for (const [difficulty, scale] of [
    ['medium', 0.75],
    ['hard', 0.5],
  ] as const) {
    t.equal(reward({ ...input, length: 1000, difficulty }).length, scale)
  }
  const same = { ...input, lengths: [100, 100] }
  t.strictSame(
    [99, 100, 101].map(length => reward({ ...same, length }).length > 0.9),
    [true, true, false],
  )
})

t.test('a wrong answer gets its format alone', async t => {
  const found = reward({ ...input, correct: false, length: 1000, lengths: [] })
  t.strictSame(found, { total: 0.5, correct: 0, format: 0.5, length: 0 })
  t.strictSame(reward({ ...input, length: 1000 }), {
    total: 5.5,
    correct: 4,
    format: 0.5,
    length: 1,
  })
})

t.test('the format: exactly one of each tag, and their order', async t => {
  const formats = new Map([
    [well, 0.5],
    ['one</think>two', 0],
    ['</think>one<think>', 0.25],
    ['<think>one<think>two</think>', 0.25],
    ['', 0],
  ])
  for (const [text, expected] of formats) {
    t.equal(reward({ ...input, text, length: 1000 }).format, expected, JSON.stringify(text))
    // the same with the tags of every other format, and nothing for those of this one
    for (const thinking of thinkingFormats) {
      const other = text.replaceAll('<think>', thinking.open).replaceAll('</think>', thinking.close)
      const found = reward({ ...input, text: other, length: 1000, thinking })
      t.equal(found.format, expected, JSON.stringify(other))
      if (thinking.name !== 'think') t.equal(reward({ ...input, text: other, length: 1 }).format, 0)
    }
  }
})

t.test('bad input names itself', async t => {
  const bad: readonly (readonly [object, RegExp])[] = [
    [{ length: 0 }, /input\.length /],
    [{ length: 1.5 }, /input\.length /],
    [{ lengths: [] }, /input\.lengths/],
    [{ lengths: [1, Number.NaN] }, /input\.lengths\[1\]/],
    [{ difficulty: 'simple' }, /input\.difficulty/],
    [{ correct: 1 }, /input\.correct/],
    [{ thinking: 'harmony' }, /input\.thinking must be an object/],
    [{ thinking: { open: '<a>' } }, /input\.thinking\.close/],
    [{ colour: 'red' }, /colour/],
  ]
  for (const [change, message] of bad) {
    t.throws(() => reward({ ...input, length: 1000, ...change }), { message })
  }
})
