/** Ceilings of pruning in flight: what they know, and that it is right. */

import t from 'tap'
import { allHeads } from '../../../dist/experiment/study/calibration.js'
import {
  deletionEffects,
  deletionOracle,
  oracle,
  sharedTokens,
  tokenSteps,
} from '../../../dist/experiment/study/oracle.js'
import {
  type LiveLook,
  type LiveScore,
  loadModel,
  type SegmentedTrace,
  type StepGraph,
  segment,
} from '../../../dist/index.js'
import { open, run, segmenting } from '../../support/in-flight.js'
import { reasonerPath } from '../../support/reasoner.js'

t.setTimeout(300_000)

/** Steps 'a' to 'd' of 2, 2, 4 and 2 tokens. */
const steps = [2, 2, 4, 2].map((size, index, sizes) => {
  const tokenStart = sizes.slice(0, index).reduce((sum, before) => sum + before, 0)
  const text = 'abcd'.charAt(index)
  return {
    index,
    text,
    charStart: index,
    charEnd: index + 1,
    tokenStart,
    tokenEnd: tokenStart + size,
  }
})
const answer = { charStart: 4, charEnd: 5, tokenStart: 10, tokenEnd: 11 }

const graphOf = (looks: StepGraph['looks'], sizes: readonly number[]): StepGraph => ({
  heads: looks.map((_, head) => ({ layer: 0, head })),
  steps: sizes.map((size, i) => {
    const start = sizes.slice(0, i).reduce((sum, before) => sum + before, 0)
    return { start, end: start + size }
  }),
  looks,
  decodedTokens: 0,
})

/** Two cached steps of two tokens; what is written is another trace, of these texts. */
async function looking(texts: readonly string[]): Promise<LiveLook> {
  const { session } = await open(t)
  const { trace } = await run(session, { maxTokens: 4 })
  const written = texts.map((text, index) => ({
    ...{ text, index, charStart: index, charEnd: index + 1 },
    ...{ tokenStart: 3 + 2 * index, tokenEnd: 5 + 2 * index },
  }))
  return {
    trace: { ...trace, splitter: '', steps: written },
    steps: [
      { step: 0, start: 0, end: 2 },
      { step: 1, start: 2, end: 4 },
    ],
    tokens: [3, 4, 5, 6],
    rows: [[Float64Array.from([0, 0.2, 0.5, 0.3])]],
    graph: null,
    values: null,
  }
}

function scoresOf(score: LiveScore, look: LiveLook) {
  const scored = score.begin({ seed: 0 })(look)
  return 'scores' in scored ? scored : { scores: scored, tokenScores: [] }
}

t.test(
  'by looks: the most of what is still to be written, whatever the pruned run words',
  async t => {
    // c looks at b, d at b less, the answer at a; of two heads the mean
    const head = (b: number, a: number) => [
      [0, 0, 0, 0],
      [0.9, 0, 0, 0],
      [0, b, 0, 0],
      [0, 0.2, 0.5, 0],
      [a, 0, 0, 0],
    ]
    const graph = graphOf([head(0.4, 0.3), head(0.8, 0.5)], [2, 2, 4, 2])
    const known: number[] = []
    const foreseen = { trace: { steps, answer }, onLook: (share: number) => known.push(share) }
    const score = oracle(foreseen, graph)
    const near = (look: LiveLook, expected: readonly number[], how: string) => {
      const { scores } = scoresOf(score, look)
      t.ok(
        scores.every((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)) < 1e-9),
        `${how}: ${scores}`,
      )
    }
    near(await looking(['a', 'b', 'c so far']), [0.4 / 2, 0.6 / 2], 'c is still to come')
    near(await looking(['a', 'b', 'c', 'd']), [0.4 / 2, 0], 'only the answer is to come')
    near(await looking(['b', 'a', 'c']), [0.2 / 2, 0.4 / 2], 'known by text, not by place')
    const { scores } = scoresOf(score, await looking(['a', 'never written', 'c']))
    t.equal(scores[0], 0.9 / 2, 'b is still to come')
    t.ok((scores[1] ?? 0) < -1e8, 'what that run never wrote goes first')
    t.strictSame(known, [1, 1, 1, 0.5])
  },
)

t.test(
  'by deletion: what the rest misses, a token of the step; parts go by later looks',
  async t => {
    const effects = steps.map(() => new Float64Array(11))
    effects[0]?.set([1, 5, 7], 4) // of c, which is written
    effects[1]?.set([3], 9) // of d
    effects[0]?.set([2], 10) // of the answer
    const tokens = graphOf(
      [
        Array.from({ length: 11 }, (_, j) =>
          Array.from({ length: 10 }, (_, i) => (i < j ? i / 10 : 0)),
        ),
      ],
      Array.from({ length: 10 }, () => 1),
    )
    const score = deletionOracle({ trace: { steps, answer }, tokenGraph: tokens }, effects)
    const { scores, tokenScores = [] } = scoresOf(score, await looking(['a', 'b', 'c', '']))
    t.strictSame(scores, [2 / 2, 3 / 2])
    t.strictSame(tokenScores, [0, 0.1, 0.2, 0.3], 'tokens are found where that run has them')
    const rest = scoresOf(score, await looking(['a', 'b', '']))
    t.strictSame(rest.scores, [(1 + 5 + 7 + 2) / 2, 3 / 2])
  },
)

t.test('effects are of numbers behind a step, and a number that it gave is missed', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 1024, threads: 1 })
  const problem =
    '(1) At first Carla owns 94 beads. (2) Carla gets 31 beads as a gift. (3) Carla receives 70 beads from a friend. With how many beads does Carla end?'
  const trace = segment(
    await session.generate([{ role: 'user', content: problem }], { temperature: 0 }).finish(),
  )
  const effects = await deletionEffects(session, trace)
  t.equal(effects.length, trace.steps.length)
  for (const [i, { tokenEnd }] of trace.steps.entries()) {
    const own = effects[i] ?? new Float64Array(0)
    t.equal(own.length, trace.tokens.length)
    t.ok(own.every(Number.isFinite))
    t.ok(own.subarray(0, tokenEnd).every(effect => effect === 0))
    const words = trace.tokens.flatMap((_, token) =>
      /\d/.test(trace.text.slice(trace.tokenEnds[token - 1] ?? 0, trace.tokenEnds[token]))
        ? []
        : [token],
    )
    t.ok(words.every(token => own[token] === 0))
  }
  const total = effects.map(effect => effect.reduce((sum, value) => sum + value, 0))
  t.ok(Math.max(...total) > 3, `what was noted is missed: ${total}`)
})

t.test('a graph of tokens is what one head pays to single tokens', async t => {
  const { session } = await open(t)
  const { trace } = await run(session, { maxTokens: 60 })
  const segmented: SegmentedTrace = segment(trace, segmenting)
  const heads = [{ layer: 1, head: 1 }]
  const whole = await session.stepGraph(segmented, { heads })
  const single = await session.stepGraph(tokenSteps(segmented), { heads })
  t.equal(single.steps.length, trace.thinking.tokenEnd - trace.thinking.tokenStart)
  const [of, at] = [segmented.steps[2], segmented.steps[0]]
  if (of === undefined || at === undefined) throw new Error('too few steps')
  const first = single.steps[0]?.start ?? 0
  let paid = 0
  for (let j = of.tokenStart; j < of.tokenEnd; j++) {
    for (let i = at.tokenStart; i < at.tokenEnd; i++) {
      paid += single.looks[0]?.[j - first]?.[i - first] ?? Number.NaN
    }
  }
  const expected = whole.looks[0]?.[2]?.[0] ?? Number.NaN
  const mean = paid / (of.tokenEnd - of.tokenStart)
  t.ok(Math.abs(mean - expected) < 1e-3 * expected, `${mean}, ${expected}`)
})

t.test('shared tokens and all heads', async t => {
  t.equal(sharedTokens([1, 2, 3], [1, 2, 4]), 2)
  t.equal(sharedTokens([1], [1, 2]), 1)
  t.strictSame(allHeads({ heads: 2, attentionLayers: [0, 3] }), [
    { layer: 0, head: 0 },
    { layer: 0, head: 1 },
    { layer: 3, head: 0 },
    { layer: 3, head: 1 },
  ])
})
