/** Traces that are there already: they are not made again, and what cuts have in common is evaluated once. */

import t from 'tap'
import {
  type ExperimentSession,
  replaySession,
  resumeCurve,
  type SolvedProblem,
  solveProblems,
  summarizeSolved,
} from '../../../dist/experiment/index.js'
import type { SegmentedTrace, StepGraph, Trace } from '../../../types/public.js'
import { dataset } from '../../support/fake-experiment.js'
import { type FakeSession, fakeSession, fakeTrace } from '../../support/fake-session.js'

const steps = ['aaaa 11 aaaa', 'bbbb 22 bbbb', 'cccc 33 cccc', 'dddd 44 dddd', 'So it is 7.']
const thought = `<think>\n${steps.join('\n\n')}\n</think>\n\n\\boxed{7}`

/** Every step looks at the first one most. */
function graphOf({ steps: of }: SegmentedTrace): StepGraph {
  const look = (from: number) => of.map((_, to) => (to < from ? 1 / (to + 1) : 0))
  return {
    heads: [{ layer: 0, head: 0 }],
    steps: of.map(({ tokenStart, tokenEnd }) => ({ start: tokenStart, end: tokenEnd })),
    looks: [Array.from({ length: of.length + 1 }, (_, from) => look(from))],
    decodedTokens: 1,
  }
}

/** A fake session with a step graph; its traces say how they were sampled. */
function session(reply = () => thought): ExperimentSession & { readonly fake: FakeSession } {
  const fake = fakeSession({ reply, evaluate: text => `${text} \\boxed{7}` })
  return { ...fake, fake, stepGraph: async trace => graphOf(trace) }
}

async function solve(of: ExperimentSession, count: number, from = 0): Promise<SolvedProblem[]> {
  const problems = dataset(...Array.from({ length: count }, () => ({})))
  const solved: SolvedProblem[] = []
  for await (const one of solveProblems({ session: of, dataset: problems, maxTokens: 9, from })) {
    solved.push(one)
  }
  return solved
}

/** As a session would have written it: with its seed. */
const written = (index: number): Trace => {
  const trace = fakeTrace(`problem ${index}`, thought)
  return { ...trace, sampling: { ...trace.sampling, seed: index } }
}

const heads = {
  heads: [{ layer: 0, head: 0 }],
  score: { reduction: 'chain', aggregate: 'mean', inherit: 0.5 },
} as const

t.test('a curve over cuts generates nothing, and asks for nothing kept once a problem', async t => {
  const of = session()
  const problems = dataset({}, {})
  const seen: number[] = []
  const curve = await resumeCurve({
    session: replaySession(of, [written(0), written(1)]),
    dataset: problems,
    heads,
    shares: [0.4, 0.8],
    onResult: done => seen.push(done),
  })
  t.equal(of.fake.prompts.length, 0, 'no trace was generated')
  t.strictSame(seen, [1, 2, 3, 4, 5, 6])
  t.strictSame(
    curve.map(({ cut }) => cut),
    ['before-answer', { share: 0.4 }, { share: 0.8 }],
  )
  const evaluated = of.fake.batches.flatMap(({ traces }) => traces)
  const empty = evaluated.filter(({ kept }) => kept.length === 0)
  t.equal(empty.length, 2, 'nothing kept: once a problem, not once a cut')
  const texts = evaluated.map(({ messages, prunedText }) => JSON.stringify([messages, prunedText]))
  t.equal(new Set(texts).size, texts.length, 'no kept text is evaluated twice')
  for (const { summary } of curve) {
    t.strictSame(
      summary.thresholds.map(({ method, threshold }) => `${method} ${threshold}`),
      [
        ...['step-graph 0', 'step-graph 0.3', 'step-graph 0.5'],
        ...['recency 0', 'recency 0.3', 'recency 0.5'],
        ...['random 0', 'random 0.3', 'random 0.5', 'nothing kept 1'],
      ],
    )
    for (const { total } of summary.thresholds) t.equal(total, 2)
  }
})

t.test('a replayed curve is the one that is generated anew', async t => {
  const options = { dataset: dataset({}), heads, shares: [0.5] }
  const [anew, replayed] = [
    await resumeCurve({ ...options, session: session() }),
    await resumeCurve({ ...options, session: replaySession(session(), [written(0)]) }),
  ]
  const numbers = (curve: typeof anew) =>
    curve.map(({ cut, summary }) => ({
      cut,
      rows: summary.thresholds.map(({ decodedTokens: _, ...row }) => row),
    }))
  t.strictSame(numbers(replayed), numbers(anew))
})

t.test('another seed, other messages, and rows that depend on each other are made', async t => {
  const of = session()
  const replay = replaySession(of, [written(0)])
  const ask = (content: string, seed: number) =>
    replay.generate([{ role: 'user', content }], { seed }).finish()
  await ask('problem 0', 0)
  t.equal(of.fake.prompts.length, 0)
  await ask('problem 0', 1)
  await ask('problem 1', 0)
  t.equal(of.fake.prompts.length, 2)
  const reason = new Error('enough')
  const aborted = { seed: 0, signal: AbortSignal.abort(reason) }
  await t.rejects(
    replay.generate([{ role: 'user', content: 'problem 0' }], aborted).finish(),
    reason,
  )
})

t.test('problems are solved from where an earlier process was; what became of them', async t => {
  const of = session()
  t.strictSame(
    (await solve(of, 3, 2)).map(({ id }) => id),
    ['p2'],
  )
  t.match(of.fake.prompts, [{ options: { seed: 2, maxTokens: 9 } }])
  const solved = [
    ...(await solve(session(), 1)),
    ...(await solve(
      session(() => '<think>\nIt is 8.\n</think>\\boxed{8}'),
      1,
    )),
  ]
  const [first] = solved
  if (first === undefined) throw new Error('nothing was solved')
  const looping: SolvedProblem = {
    ...first,
    correct: null,
    end: 'cut',
    trace: { ...first.trace, looping: true },
  }
  t.match(summarizeSolved([...solved, looping]), {
    problems: 3,
    correct: 1,
    total: 2,
    ends: { closed: 2, cut: 1 },
    looping: 1,
  })
  t.match(summarizeSolved([]), { problems: 0, tokens: null })
})
