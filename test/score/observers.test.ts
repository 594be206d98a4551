/** Whose attention is read: probes, windows and observers of one's own, against fresh prefills. */

import t from 'tap'
import { type Observer, type SegmentedTrace, type Session, segment } from '../../dist/index.js'
import { scoreRow } from '../../dist/score/row-scores.js'
import { call } from '../support/call.js'
import { openTiny } from '../support/session.js'
import {
  agree,
  fromJson,
  openModel,
  openSession,
  write as writeLive,
} from '../support/write-trace.js'

const rowOptions = {
  aggregate: 'mean',
  includePrompt: false,
  includeSink: false,
  sinkTokens: 4,
} as const

/** A trace of the tiny model, with an answer behind `</think>` where it is given as text. */
async function write(session: Session): Promise<SegmentedTrace> {
  const trace = await session.model.traceOf({
    messages: [{ role: 'user', content: 'What is 12 * 13?' }],
    thinking: 'First, twelve by ten.\n\nNow 120 and 36 are 156.\n\nWait, check: 156 / 12 = 13.',
    answer: 'It is 156.',
  })
  return segment(trace)
}

/** Scores from rows of a context that never held the trace: one prefill up to each observing token. */
async function fromPrefill(
  session: Session,
  trace: SegmentedTrace,
  tokens: readonly number[],
  window: number,
) {
  const mean = new Float64Array(tokens.length)
  for (let last = tokens.length - window; last < tokens.length; last++) {
    const { data } = await session.attention(tokens.slice(0, last + 1))
    for (const [i, value] of data.entries()) mean[i] = (mean[i] ?? 0) + value / window
  }
  const seen = mean.subarray(0, trace.prompt.tokens.length + trace.thinking.tokenEnd)
  return scoreRow(seen, trace.steps, trace.prompt.tokens.length, rowOptions).scores
}

const probes = [
  [
    'think-clearly',
    "Time is up. Given the time I've spent and the approaches I've tried, I should stop thinking and now write summarization in one sentence.</think>",
  ],
  [
    'traac',
    'Time is up. I should stop thinking and now write a summary containing all key steps required to solve the problem.</think>',
  ],
] as const

t.test('rows on a live trace are those of a fresh prefill, probes and windows', async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const fresh = await openSession(model, { branches: 1 })
  const trace = await writeLive(t, session)
  const thought = [...trace.prompt.tokens, ...trace.tokens.slice(0, trace.thinking.tokenEnd)]
  for (const [observer, probe] of probes) {
    const behind = await model.tokenize(probe, { parseSpecial: true })
    const scored = await session.scoreSteps(trace, { observer })
    const position = thought.length + behind.length - 1
    t.match(scored.scoring, { observer, window: 1, probeTokens: behind.length, position })
    t.equal(scored.scoring.decodedTokens, behind.length, 'the trace is in the cache')
    const expected = await fromPrefill(fresh, trace, [...thought, ...behind], 1)
    agree(t, scored.scores, expected, 1e-4, observer)
  }
  const scored = await session.scoreSteps(trace, { observer: 'window', window: 5 })
  t.match(scored.scoring, { window: 5, probeTokens: 0, decodedTokens: 5 })
  agree(t, scored.scores, await fromPrefill(fresh, trace, thought, 5), 1e-4, 'window')
})

t.test('scores of tokens add up to those of their steps, and are 0 elsewhere', async t => {
  const { session } = await openTiny(t)
  const trace = await write(session)
  const options = { observer: 'traac', aggregate: 'sum', perToken: true } as const
  const { scores, tokenScores = [] } = await session.scoreSteps(trace, options)
  t.equal(tokenScores.length, trace.tokens.length)
  const rest = [...tokenScores]
  for (const { index, tokenStart, tokenEnd } of trace.steps) {
    rest.fill(0, tokenStart, tokenEnd)
    const total = tokenScores.slice(tokenStart, tokenEnd).reduce((a, b) => a + b, 0)
    t.notOk(!(Math.abs(total - (scores[index] ?? Number.NaN)) <= 1e-12), `step ${index}`)
  }
  t.ok(rest.every(score => score === 0))
  const again = await session.scoreSteps({ ...trace, ...{ tokenScores } }, { observer: 'traac' })
  t.equal(again.tokenScores, undefined, 'those of an earlier scoring are gone')
})

t.test('what observes is decoded and nothing else, and leaves no trace', async t => {
  const { session } = await openTiny(t)
  const messages = [{ role: 'user', content: 'Count.' }] as const
  const trace = segment(await session.generate(messages, { maxTokens: 200 }).finish())
  const before = session.info
  for (const [observer, decoded] of [
    ['window', 8],
    ['think-clearly', null],
    ['traac', null],
    ['last-token', 1],
  ] as const) {
    const { scoring } = await session.scoreSteps(trace, { observer })
    t.equal(scoring.decodedTokens, decoded ?? scoring.probeTokens, observer)
    t.equal(session.info.usedCells, before.usedCells, `${observer}: the cells are as before`)
  }
})

t.test(
  'all observers score a trace that was read from a file, one by one or in any order',
  async t => {
    const { model, session } = await openTiny(t)
    const trace = await write(session)
    const names = ['last-token', 'think-end', 'think-clearly', 'traac', 'window'] as const
    for (const observer of names) {
      const live = await session.scoreSteps(trace, { observer })
      const other = await model.createSession({ contextLength: 1024, threads: 2 })
      const again = await other.scoreSteps(fromJson(trace), { observer })
      agree(t, again.scores, live.scores, 1e-4, observer)
      await other.close()
    }
  },
)

t.test("an observer of one's own: one function", async t => {
  const { session } = await openTiny(t)
  const trace = await write(session)
  const second: Observer = {
    name: 'behind-step-2',
    observe: ({ steps }) => ({ tokens: steps[1]?.tokenEnd ?? 0, probe: 'So?', window: 2 }),
  }
  const { scores, scoring } = await session.scoreSteps(trace, { observer: second })
  t.match(scoring, { observer: 'behind-step-2', window: 2 })
  t.ok(scores[0] !== undefined && scores[0] > 0)
  t.equal(scores[2], 0, 'what is behind the observing token has no attention')
})

t.test('bad observers and windows are named', async t => {
  const { session } = await openTiny(t, { contextLength: 512 })
  const trace = await write(session)
  const score = async (options: object) => call(session.scoreSteps.bind(session), trace, options)
  const observer = (observation: unknown) => ({
    observer: { name: 'mine', observe: () => observation },
  })
  await t.rejects(score({ observer: 'nobody' }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /think-clearly/,
  })
  await t.rejects(score({ observer: { name: 'mine' } }), { code: 'ERR_INVALID_ARG_TYPE' })
  const range = { code: 'ERR_OUT_OF_RANGE', message: /of observer 'mine'/ }
  await t.rejects(score(observer({ tokens: 0 })), range)
  await t.rejects(score(observer({ tokens: trace.tokens.length + 1 })), range)
  await t.rejects(score(observer({ tokens: 1, window: 0 })), range)
  await t.rejects(score(observer({ tokens: 1, probe: 5 })), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.rejects(score({ observer: 'window', window: 8000 }), { code: 'ERR_OUT_OF_RANGE' })
  const long = observer({ tokens: 1, probe: 'x'.repeat(600) })
  await t.rejects(score(long), { code: 'ERR_CONTEXT_FULL' })
  t.equal((await session.scoreSteps(trace)).scores.length, trace.steps.length, 'and it goes on')
})
