/** Scores that only pruning in flight has: what they make of rows and graphs by hand, and that they get the right ones. */

import t from 'tap'
import {
  CotPruneError,
  type GenerateOptions,
  type LiveLook,
  type LiveScore,
  type LiveScoreName,
  type StepGraph,
  segment,
} from '../../../dist/index.js'
import { resolveLiveScore } from '../../../dist/prune/in-flight/scores/index.js'
import { nucleus } from '../../../dist/prune/in-flight/scores/nucleus.js'
import {
  agreesWithReplay,
  evictedTokens,
  exact,
  inFlightOf,
  open,
  pruning,
  run,
  segmenting,
} from '../../support/in-flight.js'

t.setTimeout(300_000)

/** Steps of two tokens each, of which those in `steps` are cached. */
const lookAt = (
  steps: readonly number[],
  rows: readonly (readonly number[])[][],
  graph: StepGraph | null = null,
): Pick<LiveLook, 'steps' | 'rows' | 'graph'> => ({
  steps: steps.map((step, i) => ({ step, start: 2 * i, end: 2 * i + 2 })),
  rows: rows.map(of => of.map(row => Float64Array.from(row))),
  graph,
})

const begin = (name: LiveScoreName, keep = 0.5, inGraph = false) => {
  const score = resolveLiveScore(name, keep, inGraph).begin({ seed: 3 })
  return (look: ReturnType<typeof lookAt>) => {
    // @ts-expect-error: none of the built-in scores reads the trace
    const scored = score({ ...look, trace: undefined })
    return 'scores' in scored ? scored : { scores: scored, tokenScores: undefined }
  }
}

const close = (a: readonly number[], b: readonly number[], within = 1e-9) =>
  a.length === b.length && a.every((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) <= within)

/** One head; shape (steps + 1, steps). */
const graphOf = (looks: readonly (readonly number[])[]): StepGraph => ({
  heads: [{ layer: 0, head: 0 }],
  steps: (looks[0] ?? []).map((_, i) => ({ start: 2 * i, end: 2 * i + 2 })),
  looks: [looks],
  decodedTokens: 0,
})

t.test('the nucleus is the fewest that have the share', async t => {
  t.strictSame([...nucleus([0.1, 0.6, 0.3], 0.5)], [1])
  t.strictSame([...nucleus([0.1, 0.6, 0.3], 0.85)], [1, 2])
  t.strictSame([...nucleus([1, 1], 0.4)], [1], 'of equal ones the later')
  t.strictSame([...nucleus([0, 0])], [])
  t.strictSame([...nucleus([Number.NaN, 1])], [], 'nothing is found in what is no number')
})

t.test('decay counts hits of the last row, and forgets', async t => {
  const score = begin('decay', 0.5)
  const first = score(lookAt([0, 1, 2], [[[5, 5, 0.1, 0, 0, 0]]])).scores
  t.ok(close(first, [1, 0, 0], 2e-3), `${first}`)
  const second = score(lookAt([0, 2], [[[0, 0, 3, 3]]])).scores
  t.ok(close(second, [0.5, 1], 2e-3), 'by the index of the step, not its place')
  const third = score(lookAt([0, 2], [[[0, 0, 0, 0]]])).scores
  t.ok(close(third, [0.25, 0.5]), `${third}`)
  t.ok(close(begin('decay')(lookAt([0, 2], [[[0, 0, 3, 3]]])).scores, [0, 1], 2e-3), 'a new one')
  const [low = 1, high = 0] = begin('decay')(lookAt([0, 1, 2], [[[1, 1, 2, 2, 9, 9]]])).scores
  t.ok(low < high, 'equal counts are told apart by the row')
})

t.test('decay by the graph takes the rows that came since', async t => {
  const score = begin('decay', 0.5, true)
  const early = [
    [0, 0],
    [0.4, 0],
    [0, 0.2],
  ]
  t.ok(close(score(lookAt([0, 1], [], graphOf(early))).scores, [1, 0], 2e-3))
  const later = [
    [0, 0, 0],
    [0.4, 0, 0],
    [0, 0.2, 0],
    [0, 0.3, 0],
  ]
  const scores = score(lookAt([0, 1, 2], [], graphOf(later))).scores
  t.ok(close(scores, [0.5, 1, 0], 2e-3), `${scores}`)
})

t.test('gap: silent for longer than ever before is lowest', async t => {
  // step 0: looked at by 1 and 5; step 1: by 2, then never; step 2: by 5
  const none = [0, 0, 0, 0, 0]
  const looks = [none, [1, 0, 0, 0, 0], [0, 1, 0, 0, 0], none, none, [0.4, 0, 0.4, 0, 0.2]]
  const { scores } = begin('gap', 0.5, true)(lookAt([0, 1, 2, 3, 4], [], graphOf(looks)))
  const sigma = (x: number) => 2 / (1 + Math.exp(-x))
  const expected = [
    sigma(0) + sigma(-1 / 4),
    sigma(-3) + sigma(-1),
    sigma(0) + sigma(-1 / 3),
    sigma(-2) + sigma(-1),
    sigma(-1) + sigma(-1),
  ]
  t.ok(close(scores, expected), `${scores}, ${expected}`)
  t.throws(() => resolveLiveScore('gap', 0.5, false), /options\.stepGraph/)
})

t.test('window-max is the most of one token, two-probes the most of one probe', async t => {
  const rows = [
    [1, 1, 0, 0],
    [0, 0, 4, 2],
  ]
  const max = begin('window-max')(lookAt([0, 1], [rows]))
  t.ok(close(max.scores, [1, 3]))
  t.ok(close(max.tokenScores ?? [], [1, 1, 4, 2]))
  const [one = [], other = []] = rows
  t.ok(close(begin('plan')(lookAt([0, 1], [[other]])).scores, [0, 3]))
  const probes = begin('two-probes')(lookAt([0, 1], [[one], [other]]))
  t.ok(close(probes.scores, [0.5, 0.5]), 'each probe is as loud as the other')
  t.ok(close(probes.tokenScores ?? [], [0.5, 0.5, 4 / 6, 2 / 6]))
})

/** Two tokens a step, of which those of `far` reach further; steps' mean values. */
const valuesOf = (
  taken: readonly number[],
  ranges: readonly number[],
  ofSteps: readonly (readonly number[])[],
): LiveLook['values'] => ({
  taken: [[Float64Array.from(taken)]],
  ranges: Float64Array.from(ranges),
  ofSteps: ofSteps.map(value => Float64Array.from(value)),
})

t.test('scores by values: what is taken, what reaches far, what is said again', async t => {
  const row = [4, 4, 2, 2, 1, 1]
  const look = { ...lookAt([0, 1, 2], [[row]]), tokens: [0, 1, 2, 3, 4, 5] }
  const valued = (name: LiveScoreName, values: LiveLook['values']) => {
    const score = resolveLiveScore(name, 0.5, false).begin({ seed: 11 })
    // @ts-expect-error: none of the built-in scores reads the trace
    const scored = score({ ...look, values, trace: undefined })
    return 'scores' in scored
      ? scored
      : { scores: scored, tokenScores: undefined, stays: undefined }
  }
  const taken = valued('value-attention', valuesOf([0, 2, 6, 6, 1, 1], [], []))
  t.ok(close(taken.scores, [1, 6, 1]))
  t.ok(close(taken.tokenScores ?? [], [0, 2, 6, 6, 1, 1]))

  const alike = [
    [1, 0, 0],
    [0, 1, 0],
    [2, 0.1, 0],
  ]
  const distinct = valued('distinct', valuesOf([], [], alike)).scores
  t.ok(close(distinct, [4e-6, 2, 1]), `the first is said again by the last: ${distinct}`)
  t.ok(
    close(valued('distinct', valuesOf([], [], [[0], [0], [0]])).scores, [4, 2, 1]),
    'nothing is like nothing',
  )

  const far = valued('value-range', valuesOf([], [1, 9, 1, 1, 1, 1], []))
  t.strictSame(far.stays, [false, true, false, false, false, false])
  t.ok(far.scores.every(Number.isFinite))
  t.strictSame(
    far.scores,
    valued('value-range', valuesOf([], [1, 9, 1, 1, 1, 1], [])).scores,
    'seeded',
  )
})

t.test('noise of value-range lets the higher of two win as often as its share says', async t => {
  const score = resolveLiveScore('value-range', 0.5, false).begin({ seed: 1 })
  const look = { ...lookAt([0, 1], [[[3, 3, 1, 1]]]), tokens: [0, 1, 2, 3] }
  let won = 0
  for (let i = 0; i < 2000; i++) {
    // @ts-expect-error: it reads no trace
    const scored = score({ ...look, values: valuesOf([], [1, 1, 1, 1], []), trace: undefined })
    const [a = 0, b = 0] = 'scores' in scored ? scored.scores : scored
    won += Number(a > b)
  }
  t.ok(Math.abs(won / 2000 - 0.75) < 0.05, `${won / 2000} of 0.75`)
})

t.test(
  'values at a look are those of the cached tokens, before and behind an eviction',
  async t => {
    const { session } = await open(t, { ...exact, branches: 4 })
    const looks: LiveLook[] = []
    const score: LiveScore = {
      name: 'watching',
      observers: ['last-token'],
      values: true,
      begin: () => look => {
        looks.push(look)
        return look.steps.map(() => 0)
      },
    }
    for (const positions of ['keep', 'refill'] as const) {
      looks.length = 0
      const { trace } = await run(session, { pruning: { ...pruning, score, positions } })
      t.ok(evictedTokens(trace) > 10 && looks.length > 3)
      const byToken = new Map<number, number>()
      for (const { tokens, values, rows, steps } of looks) {
        const taken = values?.taken[0]?.[0] ?? new Float64Array(0)
        t.equal(taken.length, tokens.length)
        t.ok(taken.every((value, i) => value > 0 === (rows[0]?.[0]?.[i] ?? 0) > 0))
        t.equal(values?.ofSteps.length, steps.length)
        for (const [rank, token] of tokens.entries()) {
          const range = values?.ranges[rank] ?? Number.NaN
          t.ok(Number.isFinite(range))
          t.equal(byToken.get(token) ?? range, range, 'of the same token the same')
          byToken.set(token, range)
        }
      }
      t.ok(new Set(byToken.values()).size > byToken.size / 2, 'tokens differ')
    }
  },
)

t.test('rows are those of the observers, each behind the trace alone', async t => {
  const { model, session } = await open(t, exact)
  const looks: LiveLook[] = []
  const observers = ['think-clearly', 'last-token', 'traac', 'window'] as const
  const score: LiveScore = {
    name: 'watching',
    observers,
    begin: () => look => {
      looks.push(look)
      return look.steps.map(() => 0)
    },
  }
  const { trace, events } = await run(session, {
    pruning: { ...pruning, score, budget: { ratio: 0 } },
  })
  t.strictSame(trace.tokens, (await run(session, {})).trace.tokens, 'looks change nothing')
  t.ok(looks.length >= 4)
  t.ok(events.some(event => event.type === 'scored' && event.name === 'watching'))
  const look = looks.at(-1)
  if (look === undefined) throw new Error('no look')
  const at = look.trace.tokens.length
  for (const [i, observer] of observers.entries()) {
    const fresh = await model.createSession({ contextLength: 512, threads: 1, ...exact })
    const cut = segment((await run(fresh, { maxTokens: at })).trace, segmenting)
    const { scores } = await fresh.scoreSteps(cut, { observer })
    await fresh.close()
    const rows = look.rows[i] ?? []
    t.equal(rows.length, observer === 'window' ? 8 : 1)
    const mean = (at: number) => rows.reduce((sum, row) => sum + (row[at] ?? Number.NaN), 0)
    const total = Array.from({ length: at }, (_, token) => mean(token)).reduce((a, b) => a + b, 0)
    for (const { step, start, end } of look.steps) {
      let mass = 0
      for (let token = start; token < end; token++) mass += mean(token)
      const [live, expected = Number.NaN] = [mass / total / (end - start), scores[step]]
      t.ok(
        Math.abs(live - expected) <= 1e-3 * expected,
        `${observer}, ${step}: ${live}, ${expected}`,
      )
    }
  }
})

t.test('each prunes, and a replay with the same cuts agrees', async t => {
  const { session } = await open(t)
  const stepGraph = { heads: [{ layer: 1, head: 0 }], segmenting }
  const budget = { ratio: 0.5 }
  // the first look has only so many tokens that could observe
  const shared = { every: 40, window: 8, budget }
  const ways: GenerateOptions[] = [
    { pruning: { ...shared, segmenting, score: 'decay', decay: 0.9, remnant: 4 } },
    { pruning: { ...shared, segmenting, score: 'window-max' } },
    { pruning: { ...shared, segmenting, score: 'plan' } },
    { pruning: { ...shared, segmenting, score: 'two-probes' } },
    { pruning: { ...shared, segmenting, score: 'value-attention' } },
    { pruning: { ...shared, segmenting, score: 'value-range', remnant: 2 } },
    { pruning: { ...shared, segmenting, score: 'distinct' } },
    { stepGraph, pruning: { ...shared, score: 'decay' } },
    { stepGraph, pruning: { ...shared, score: 'gap' } },
  ]
  for (const way of ways) {
    const { trace } = await run(session, way)
    t.ok(evictedTokens(trace) > 30, `${evictedTokens(trace)} tokens evicted`)
    await agreesWithReplay(t, trace)
    t.strictSame((await run(session, way)).trace.tokens, trace.tokens, 'memory starts anew')
    if (way.stepGraph !== undefined) t.equal(inFlightOf(trace).decodedTokens, 0)
  }
})

t.test('what is refused', async t => {
  const { session } = await open(t)
  const refused: GenerateOptions['pruning'][] = [
    { score: 'gap' },
    { score: 'decay', observer: 'traac' },
    { score: 'decay', scorer: 'random' },
    { score: 'decay', decay: 1.5 },
    { score: 'decay', decay: Number.NaN },
    { remnant: -1 },
    // @ts-expect-error: no boolean
    { score: { name: 'x', values: 1, begin: () => () => [] } },
    // @ts-expect-error: there is none of this name
    { score: 'decai' },
  ]
  for (const wrong of refused) {
    t.throws(() => session.generate('x', { pruning: wrong }), /options\.pruning/)
  }
  const short = { name: 'short', begin: () => () => [] }
  await t.rejects(run(session, { pruning: { ...pruning, score: short } }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /score 'short' returns/,
  })
  const nan: LiveScore = {
    name: 'nan',
    begin: () => look => look.steps.map(() => Number.NaN),
  }
  await t.rejects(run(session, { pruning: { ...pruning, score: nan } }), CotPruneError)
})
