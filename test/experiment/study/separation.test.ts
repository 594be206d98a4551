/** Which scores tell the steps that matter, and what is left where they prune: planted, and on the model. */

import t from 'tap'
import {
  answerLikelihoods,
  auc,
  compressions,
  type StudiedTrace,
  separations,
  stepEffects,
  studySteps,
  studyTraces,
} from '../../../dist/experiment/index.js'
import { loadModel, prune, type Session, scoreWith } from '../../../dist/index.js'
import {
  renderAnswerLikelihoods,
  renderCompressions,
  renderSeparations,
} from '../../../dist/report/index.js'
import { fakeSteps } from '../../support/fake-trace.js'
import { reasonerPath } from '../../support/reasoner.js'

t.setTimeout(300_000)

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Steps of two tokens each (the last has one), of which 1 and 3 are needed, and the last one. */
const planted: StudiedTrace = {
  trace: fakeSteps(['a', 'b', 'c', 'd', 'e']),
  needed: [false, true, false, true, true],
  effects: { rest: [0, 2, 0, 1, 0], answer: [0, 0, 0, 0, 3] },
  scores: new Map([
    ['good', [1, 4, 2, 3, 0]],
    ['bad', [4, 1, 3, 2, 0]],
  ]),
}

t.test('planted scores have the AUC and the correlations that arithmetic gives', async t => {
  const rows = separations([planted, { ...planted, needed: null, effects: null }])
  t.strictSame(
    rows.map(({ score }) => score),
    ['good', 'bad', 'missed by the rest', 'missed by the answer'],
  )
  const [good, bad, rest, answer] = rows
  t.match(good?.auc, { mean: 1, traces: 1 })
  t.match(bad?.auc, { mean: 0, traces: 1 })
  t.match(rest?.auc, { mean: 1 })
  t.match(answer?.auc, { mean: 0.5 }, 'the last step is left out')
  t.match(rest?.rest, { mean: 1 })
  // ranks 1 4 2 3 against 1.5 4 1.5 3
  const spearman = 4.5 / Math.sqrt(5 * 4.5)
  t.ok(Math.abs((good?.rest?.mean ?? 0) - spearman) < 1e-12)
  t.equal(good?.answer, null, 'an effect that does not vary says nothing')
  const text = await renderSeparations(rows)
  t.match(text, /good .* 1\.000 .* 0\.949/)
  t.match(text, /bad .* −0\.9/)
})

t.test('what is left at a threshold, counted by hand', async t => {
  const [, half] = compressions([planted], [0, 0.5])
  // scores 1 4 2 3 0: the median is 2, and the last step is protected
  t.match(half, { score: 'good', threshold: 0.5, neededKept: 1, othersRemoved: 0.5, traces: 1 })
  t.equal(half?.tokensKept, 7 / 9)
  const worst = compressions([planted], [0.5]).find(({ score }) => score === 'bad')
  t.match(worst, { neededKept: 2 / 3, othersRemoved: 0 })
  t.match(await renderCompressions(compressions([planted], [0.5])), /100 \/ 50/)
})

t.test(
  'effects: what is missed behind a step, against a model that misses one of them',
  async t => {
    const { trace } = planted
    const { tokens, steps } = trace
    const missed = tokens.slice(steps[2]?.tokenStart, steps[2]?.tokenEnd)
    // every token has −1; where step 2 is not before it, −3
    const session = {
      prefill: async () => {},
      logprobs: async (all: readonly number[], { from = 1 } = {}) => {
        const at = all.indexOf(missed[0] ?? -1)
        return all.slice(from).map((_, i) => (at !== -1 && at < from + i ? -1 : -3))
      },
    }
    const model = {
      info: { thinking: null },
      tokenize: async (text: string) => Int32Array.from(text, () => 7),
    }
    const effects = await stepEffects({
      model,
      session,
      trace,
      answer: '12',
    } as unknown as Parameters<typeof stepEffects>[0])
    // behind step 2 are the two tokens of step 3 and the one of step 4; in the answer `12}`
    t.strictSame(effects.rest, [0, 0, 6, 0, 0])
    t.strictSame(effects.answer, [0, 0, 6, 0, 0])
  },
)

t.test('on the model: baselines are those of the texts, every observer has a row', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const traces = (await studyTraces()).filter((_, index) => index % 25 === 0)
  const studied = await studySteps({ model, session, traces, effects: true })
  const rows = separations(studied)
  const observers = ['last-token', 'think-end', 'think-clearly', 'traac', 'window']
  t.strictSame(
    rows.map(row => row.score),
    [
      'random',
      'recency',
      'length',
      ...observers.flatMap(name => [`${name}, sum`, `${name}, mean`]),
      'missed by the rest',
      'missed by the answer',
    ],
  )
  const recency = traces.flatMap(({ steps, needed }) => {
    const shown = steps.slice(0, -1).map((_, i) => i)
    return (
      auc(
        shown,
        shown.map(i => needed.includes(i)),
      ) ?? []
    )
  })
  t.equal(rows[1]?.auc?.mean, average(recency))
  const missed = rows.find(({ score }) => score === 'missed by the rest')
  t.ok((missed?.auc?.mean ?? 0) > 0.85, `what is missed is what is needed: ${missed?.auc?.mean}`)

  // the effect of one step, by another way: the text that is left, read as a pruned trace
  const [first] = studied
  if (first === undefined) return t.fail('a trace')
  const { trace, effects } = first
  const at = 2
  const likely = async (keep: (index: number) => boolean): Promise<number> => {
    const rule = { name: 'some', keep: () => trace.steps.map(({ index }) => keep(index)) }
    const { tokenEnd } = trace.steps[at] ?? trace.answer
    const text = trace.text.slice(trace.tokenEnds[tokenEnd - 1], trace.thinking.charEnd)
    const pruned = prune(scoreWith(trace, 'recency'), { rule })
    return (await session.likelihood(pruned, { text, place: 'thinking' })).logprob
  }
  const effect = (await likely(index => index <= at)) - (await likely(index => index < at))
  t.ok(
    Math.abs((effects?.rest[at] ?? Number.NaN) - effect) < 0.05,
    `${effects?.rest[at]}, ${effect}`,
  )
})

t.test('the right answer behind what is kept: equal size, paired with random', async t => {
  const kept: number[] = []
  const session = {
    prefill: async () => {},
    // the more of step 1, the likelier
    likelihood: async (pruned: { kept: readonly number[]; prunedTokens: readonly number[] }) => {
      kept.push(pruned.prunedTokens.length)
      return { tokens: [], logprobs: [], logprob: pruned.kept.includes(1) ? -1 : -5 }
    },
  } as unknown as Session
  const studied = [0, 1].map(() => ({
    ...planted,
    scores: new Map([
      ['random', [4, 0, 3, 2, 1]],
      ['good', [1, 4, 2, 3, 0]],
    ]),
  }))
  const traces = studied.map(({ trace }, i) => ({ id: `${i}`, kind: 'k', trace, answer: '12' }))
  const rows = await answerLikelihoods({
    session,
    traces,
    studied,
    removed: [0.5],
    modes: ['continue'],
  })
  t.equal(new Set(kept).size, 1, 'all of one size')
  const [random, good] = rows
  t.match(random, { score: 'random', logprob: -5, overRandom: null, traces: 2 })
  t.match(good, { score: 'good', logprob: -1, overRandom: [4, 4] })
  t.match(await renderAnswerLikelihoods(rows), /good .* −1\.00 \(\+4\.00 to \+4\.00\)/)
})
