/** The parts of a study on the embedded model: those that read the model's own traces, made at once and made later. */

import t from 'tap'
import {
  estimateStudy,
  openDataset,
  probeStudy,
  runStudy,
  type SolvedProblem,
  type StudyOptions,
  type StudyRecords,
  studyTraces,
  summarizeSolved,
} from '../../../../dist/experiment/index.js'
import { loadModel, type Session } from '../../../../dist/index.js'
import { reasonerPath } from '../../../support/reasoner.js'

t.setTimeout(300_000)

const model = await loadModel(reasonerPath)
const session = await model.createSession({ contextLength: 2048, threads: 1 })
t.teardown(() => model.close())
const { problems, ...set } = await openDataset('embedded')

const options: StudyOptions = {
  model,
  session,
  dataset: { ...set, problems: problems.slice(0, 1) },
  labelled: (await studyTraces()).slice(0, 2),
  parts: ['resume'],
  maxTokens: 400,
  shares: [0.5],
}

async function study(changes: Partial<StudyOptions> = {}) {
  const solved: SolvedProblem[] = []
  let records: StudyRecords = {}
  const made: string[] = []
  const onSolved = (one: SolvedProblem) => void solved.push(one)
  for await (const { name, record } of runStudy({ ...options, onSolved, ...changes })) {
    made.push(name)
    records = { ...records, [name]: record }
  }
  return { records, made, solved }
}

/** Without times, which are of this process. */
const timeless = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, of) => (key === 'millis' || key === 'seconds' ? 0 : of))

t.test('resumed traces: made later from what is there, they are the same', async t => {
  const first = await study()
  t.strictSame(first.made, ['calibration', 'traces', 'resume'])
  t.equal(first.solved.length, 1)
  t.match(first.records.traces, { data: { problems: 1, correct: 1, total: 1 } })
  const curve = first.records.resume?.data ?? []
  t.strictSame(
    curve.map(({ cut }) => cut),
    ['before-answer', { share: 0.5 }],
  )
  for (const { summary } of curve) {
    const [unpruned] = summary.thresholds
    t.match(unpruned, { method: 'step-graph', threshold: 0, total: 1 })
    t.ok((unpruned?.tokensToFinish ?? Number.NaN) > 0)
    t.match(summary.thresholds.at(-1), { method: 'nothing kept', total: 1 })
  }
  const [a, b] = curve.map(({ summary }) => summary.thresholds.at(-1)?.tokensToFinish)
  t.equal(a, b, 'nothing kept knows no cut')
  const { resume: _, ...finished } = first.records
  // what generates would not be asked
  const still = new Proxy(session, {
    get: (of, key) => {
      if (key === 'generate') throw new Error('it has been generated')
      const value: unknown = Reflect.get(of, key, of)
      return typeof value === 'function' ? value.bind(of) : value
    },
  }) satisfies Session
  const second = await study({ finished, solved: first.solved, session: still })
  t.strictSame(second.made, ['resume'])
  t.strictSame(timeless(second.records.resume), timeless(first.records.resume))
})

t.test('the estimate is of what is left, and grows with what there is', async t => {
  const speed = await probeStudy(options)
  for (const of of [speed.read, speed.readAllHeads, speed.decode, speed.labelledTokens]) {
    t.ok(of > 0 && Number.isFinite(of), `${of}`)
  }
  const fixed = { read: 100, readAllHeads: 50, decode: 10, labelledTokens: 200, traceTokens: null }
  const whole = estimateStudy(options, fixed)
  t.strictSame(
    whole.parts.map(({ name }) => name),
    ['calibration', 'traces', 'resume'],
  )
  t.match(whole, { from: 'limit', traceTokens: 400 })
  t.equal(whole.parts[0]?.seconds, 8, 'two traces of 200 tokens, all heads, 50 a second')
  t.equal(whole.parts[1]?.seconds, 40, 'one trace of 400 tokens, 10 a second')
  t.equal(
    whole.seconds,
    whole.parts.reduce((sum, { seconds }) => sum + seconds, 0),
  )
  const solved = (tokens: number, correct: number) => ({
    skipped: null,
    data: { ...summarizeSolved([]), tokens, correct, total: 1 },
    seconds: 1,
  })
  const known = estimateStudy({ ...options, finished: { traces: solved(100, 1) } }, fixed)
  t.match(known, { from: 'traces', traceTokens: 100 })
  t.ok(known.seconds < whole.seconds)
  t.strictSame(
    known.parts.map(({ name }) => name),
    ['calibration', 'resume'],
  )
  const none = estimateStudy({ ...options, finished: { traces: solved(100, 0) } }, fixed)
  t.strictSame(
    none.parts.map(({ name }) => name),
    ['calibration'],
    'what will be skipped takes no time',
  )
  const some = { skipped: 'some', data: null, seconds: 1 } as const
  const left = estimateStudy({ ...options, finished: { calibration: some } }, fixed)
  t.equal(left.parts.length, 2)
})

t.test('wrong options are named at the call', async t => {
  const fails = async (changes: object, message: RegExp) => t.rejects(study(changes), { message })
  await fails({ part: [] }, /options\.part is not a known option\. Did you mean options\.parts/)
  await fails({ shares: [0] }, /options\.shares\[0\] must be a number above 0 and at most 1/)
  await fails({ shares: [Number.NaN] }, /options\.shares\[0\]/)
  await fails({ maxTokens: 0.5 }, /options\.maxTokens/)
  await fails({ seed: -1 }, /options\.seed/)
})

t.test('answers that nobody knows, and a signal', async t => {
  const mute = problems.slice(0, 1).map(problem => ({ ...problem, verifiedAnswer: null }))
  const { records } = await study({
    dataset: { ...set, problems: mute },
    parts: ['answers'],
    maxTokens: 8,
  })
  t.match(records.answers, { skipped: /^No right answer is known/, data: null })
  const reason = new Error('enough')
  await t.rejects(study({ signal: AbortSignal.abort(reason) }), reason)
})
