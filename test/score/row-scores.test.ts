import t from 'tap'
import { aggregates } from '../../dist/score/aggregates.js'
import {
  layerList,
  type RowOptions,
  type StepTokens,
  scoreRow,
} from '../../dist/score/row-scores.js'
import type { AggregateName } from '../../types/public.js'
import { call } from '../support/call.js'
import { mulberry32, testSeed } from '../support/random.mjs'

const seed = testSeed()
t.comment(`COT_PRUNE_SEED=${seed}`)

const plain: RowOptions = {
  aggregate: 'sum',
  includePrompt: false,
  includeSink: false,
  sinkTokens: 1,
}

// Powers of two, so that every value below is exact: positions 0 to 7, three of them the prompt.
const row = Float64Array.of(8, 2, 2, 1, 1, 1, 1, 0)
const steps: readonly StepTokens[] = [
  { tokenStart: 0, tokenEnd: 1 },
  { tokenStart: 1, tokenEnd: 3 },
]

t.test('without prompt and sink, scores are shares of what was generated', async t => {
  t.strictSame(scoreRow(row, steps, 3, plain), {
    scores: [0.25, 0.5],
    weights: Float64Array.of(0, 0, 0, 0.25, 0.25, 0.25, 0.25, 0),
    share: { prompt: 0.25, sink: 0.5, steps: 0.1875 },
  })
  t.strictSame(scoreRow(row, steps, 3, { ...plain, aggregate: 'mean' }).scores, [0.25, 0.25])
})

t.test('prompt and sink count in the total where they are included', async t => {
  const scores = (includePrompt: boolean, includeSink: boolean) =>
    scoreRow(row, steps, 3, { ...plain, includePrompt, includeSink }).scores
  t.strictSame(scores(true, true), [1 / 16, 2 / 16])
  t.strictSame(scores(true, false), [1 / 8, 2 / 8])
  t.strictSame(scores(false, true), [1 / 4, 2 / 4], 'the sink is inside the prompt')
})

t.test('a sink longer than the prompt takes the first tokens of the steps', async t => {
  const options = { ...plain, sinkTokens: 5 }
  t.strictSame(scoreRow(row, steps, 3, options), {
    scores: [0, 0.5],
    weights: Float64Array.of(0, 0, 0, 0, 0, 0.5, 0.5, 0),
    share: { prompt: 0, sink: 14 / 16, steps: 1 / 16 },
  })
  t.strictSame(
    scoreRow(row, steps, 3, { ...options, aggregate: 'mean' }).scores,
    [0, 0.25],
    'left-out tokens count as tokens',
  )
  t.strictSame(scoreRow(row, steps, 3, { ...options, includeSink: true }).scores, [0.25, 0.5])
})

t.test('no mass, no tokens, no steps: zeros, never NaN', async t => {
  const none = scoreRow(new Float64Array(8), steps, 3, plain)
  const share = { prompt: 0, sink: 0, steps: 0 }
  t.strictSame(none, { scores: [0, 0], weights: new Float64Array(8), share })
  const onPrompt = scoreRow(Float64Array.of(1, 1, 1, 0, 0, 0), steps, 3, plain)
  t.strictSame(onPrompt.scores, [0, 0])
  for (const aggregate of ['sum', 'mean'] as const) {
    const empty = [{ tokenStart: 2, tokenEnd: 2 }]
    t.strictSame(scoreRow(row, empty, 3, { ...plain, aggregate }).scores, [0])
  }
  t.strictSame(scoreRow(row, [], 3, plain).scores, [])
  t.strictSame(scoreRow(new Float64Array(0), [], 0, plain).share, { prompt: 0, sink: 0, steps: 0 })
})

t.test('all options agree with a sum over positions, one by one', async t => {
  const random = mulberry32(seed)
  let largest = 0
  for (let round = 0; round < 300; round++) {
    const promptLength = random.integer(6)
    const cuts = Array.from({ length: 1 + random.integer(5) }, () => random.integer(20))
    const borders = cuts.sort((a, b) => a - b)
    const found = borders.slice(1).map((end, i) => ({ tokenStart: borders[i] ?? 0, tokenEnd: end }))
    const length = promptLength + 20 + random.integer(3)
    const values = Float32Array.from({ length }, () => random.next())
    const options: RowOptions = {
      aggregate: random.pick<AggregateName>(['sum', 'mean']),
      includePrompt: random.pick([true, false]),
      includeSink: random.pick([true, false]),
      sinkTokens: random.integer(9),
    }
    const considered = (position: number) =>
      (options.includePrompt || position >= promptLength) &&
      (options.includeSink || position >= options.sinkTokens)
    let total = 0
    for (const [position, value] of values.entries()) if (considered(position)) total += value
    const { scores, share } = scoreRow(values, found, promptLength, options)
    for (const [i, { tokenStart, tokenEnd }] of found.entries()) {
      let mass = 0
      for (let token = tokenStart; token < tokenEnd; token++) {
        const position = promptLength + token
        if (considered(position)) mass += values[position] ?? Number.NaN
      }
      const tokens = options.aggregate === 'mean' ? Math.max(1, tokenEnd - tokenStart) : 1
      const difference = Math.abs((scores[i] ?? Number.NaN) - mass / total / tokens)
      if (!(difference <= 1e-12)) t.fail(`round ${round}, step ${i}: difference ${difference}`)
      largest = Math.max(largest, difference)
    }
    if (!(share.prompt + share.sink + share.steps <= 1 + 1e-12)) t.fail(`shares of round ${round}`)
  }
  t.comment(`largest difference ${largest}`)
  t.pass('300 rows')
})

t.test('what is not a finite number from 0 is an error that names the position', async t => {
  for (const bad of [Number.NaN, Infinity, -Infinity, -0.001]) {
    for (const position of [0, 4, 7]) {
      const wrong = Float64Array.from(row)
      wrong[position] = bad
      t.throws(() => scoreRow(wrong, steps, 3, plain), {
        code: 'ERR_NOT_FINITE',
        message: new RegExp(`position ${position} is ${bad}`),
      })
    }
  }
  t.doesNotThrow(() => scoreRow(Float64Array.of(1, -0, 1), [], 1, plain))
})

t.test('a step that the row does not cover is an error', async t => {
  const outside = [
    { tokenStart: 4, tokenEnd: 6 },
    { tokenStart: -1, tokenEnd: 1 },
    { tokenStart: 2, tokenEnd: 1 },
    { tokenStart: Number.NaN, tokenEnd: 1 },
  ]
  for (const step of outside) {
    t.throws(() => scoreRow(row, [step], 3, plain), {
      code: 'ERR_OUT_OF_RANGE',
      message: /steps\[0\]/,
    })
  }
})

t.test('each aggregate is a pure function of its range, 0 of nothing', async t => {
  const weights = Float64Array.of(9, 1, 2, 3, 9)
  t.equal(aggregates.sum(weights, 1, 4), 6)
  t.equal(aggregates.mean(weights, 1, 4), 2)
  for (const aggregate of Object.values(aggregates)) {
    t.equal(aggregate(weights, 2, 2), 0)
    t.ok(Number.isNaN(aggregate(weights, 3, 6)), 'outside is NaN, not a smaller sum')
  }
})

t.test('layers: all, first half, a range, a list', async t => {
  t.strictSame(layerList('all', 3), [0, 1, 2])
  t.strictSame(layerList('first-half', 5), [0, 1])
  t.strictSame(layerList('first-half', 4), [0, 1])
  t.strictSame(layerList('first-half', 1), [0], 'at least one')
  t.strictSame(layerList({ from: 1, to: 3 }, 3), [1, 2])
  t.strictSame(layerList([2, 0], 3), [0, 2], 'ascending')
})

t.test('wrong layers are errors that name them', async t => {
  const wrong: readonly (readonly [unknown, string, string])[] = [
    ['half', 'ERR_INVALID_ARG_VALUE', 'options.layers'],
    [5, 'ERR_INVALID_ARG_TYPE', 'options.layers'],
    [null, 'ERR_INVALID_ARG_TYPE', 'options.layers'],
    [{}, 'ERR_INVALID_ARG_TYPE', 'options.layers'],
    [[], 'ERR_INVALID_ARG_VALUE', 'options.layers'],
    [[3], 'ERR_OUT_OF_RANGE', 'options.layers[0]'],
    [[0, -1], 'ERR_OUT_OF_RANGE', 'options.layers[1]'],
    [[0, 0.5], 'ERR_OUT_OF_RANGE', 'options.layers[1]'],
    [['0'], 'ERR_INVALID_ARG_TYPE', 'options.layers[0]'],
    [[1, 1], 'ERR_INVALID_ARG_VALUE', 'options.layers[1]'],
    [{ from: 0 }, 'ERR_INVALID_ARG_TYPE', 'options.layers.to'],
    [{ from: 3, to: 4 }, 'ERR_OUT_OF_RANGE', 'options.layers.from'],
    [{ from: 1, to: 1 }, 'ERR_OUT_OF_RANGE', 'options.layers.to'],
    [{ from: 0, to: 4 }, 'ERR_OUT_OF_RANGE', 'options.layers.to'],
    [{ from: 0, too: 4 }, 'ERR_UNKNOWN_OPTION', 'options.layers.too'],
  ]
  for (const [choice, code, name] of wrong) {
    try {
      call(layerList, choice, 3)
      t.fail(`${JSON.stringify(choice)} passed`)
    } catch (error) {
      t.match(error, { code })
      t.ok(error instanceof Error && error.message.startsWith(`${name} `), `${error}`)
    }
  }
})
