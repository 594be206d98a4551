import { PassThrough } from 'node:stream'
import t from 'tap'
import { prune, segment } from '../../dist/index.js'
import { ownAnswer, renderSteps, renderTable, report } from '../../dist/report/index.js'
import { fakeEvaluation, fakeSession, fakeTrace } from '../support/fake-session.js'
import { row, summary } from '../support/fake-summary.js'
import { defaultSampling } from '../support/sampling.js'

const better = row({
  threshold: 0.1,
  correct: 6,
  accuracy: 0.6,
  change: { accuracy: 0.1, interval: [-0.2, 0.25], gained: 1, lost: 0, pValue: 1 },
  stepsKept: 0.9,
  averageLength: 880.4,
  reduction: 0.1196,
})

/** The cells of the table's rows, without its frame. */
const cells = (text: string): string[][] =>
  text
    .split('\n')
    .filter(line => line.startsWith('│'))
    .map(line =>
      line
        .slice(1, -1)
        .split('│')
        .map(cell => cell.trim()),
    )

t.test('the table: values, differences and intervals', async t => {
  const worse = row({
    threshold: 0.5,
    correct: 2,
    accuracy: 0.2,
    change: { accuracy: -0.3, interval: [-0.2, 0.25], gained: 0, lost: 3, pValue: 0.25 },
    averageLength: 1010,
    reduction: -0.01,
  })
  const text = await renderTable(summary([row({}), better, worse]))
  t.strictSame(cells(text), [
    ['Threshold', 'Accuracy', '95 % interval', 'Steps kept', 'Avg length', 'Correct/total'],
    ['0 (base)', '50.0%', '23.7 to 76.3', '100.0%', '1000', '5/10'],
    ['0.1', '60.0% (+10.0)', '23.7 to 76.3', '90.0%', '880 (-12%)', '6/10'],
    ['0.5', '20.0% (-30.0)', '23.7 to 76.3', '100.0%', '1010 (+1%)', '2/10'],
  ])
  t.notMatch(text, '\u001b', 'no escape sequences')
})

t.test('several methods: what each adds to the baseline and to random', async t => {
  const overRandom = {
    accuracy: 0.04,
    interval: [-0.01, 0.1],
    gained: 2,
    lost: 1,
    pValue: 1,
  } as const
  const compared = [
    row({}),
    { ...better, overRandom },
    row({ method: 'random' }),
    row({ method: 'random', threshold: 0.1, tokensKept: 0.875 }),
  ]
  const correlations = [{ methods: ['attention', 'random'] as const, rank: 0.0312, traces: 9 }]
  const text = await renderTable(summary(compared, { correlations }))
  t.strictSame(cells(text)[0]?.slice(0, 3), ['Method', 'Threshold', 'Accuracy'])
  t.strictSame(cells(text)[2]?.slice(4, 7), [
    '+10.0 (-20.0 to +25.0)',
    '+4.0 (-1.0 to +10.0)',
    '100.0%',
  ])
  t.strictSame(cells(text)[3]?.slice(4, 7), ['-', '-', '87.5%'], 'the baseline is there once')
  t.match(text, 'Rank correlation of the scores, mean over traces: attention and random +0.03.')
})

t.test('no negative zero, and dashes where there is no number', async t => {
  const same = row({
    threshold: 0.1,
    change: { accuracy: -0, interval: [-0.2, 0.25], gained: 0, lost: 0, pValue: 1 },
    reduction: 0.0001,
  })
  const none = row({ accuracy: null, interval: null, correct: 0, total: 0, stepsKept: null })
  const text = await renderTable(summary([none, same]))
  t.strictSame(cells(text)[1]?.slice(1, 4), ['-', '-', '-'])
  t.strictSame(cells(text)[2]?.slice(1, 2), ['50.0% (+0.0)'])
  t.equal(cells(text)[2]?.[4], '1000 (+0%)')
})

t.test('a note says what a small sample does not carry', async t => {
  const text = await renderTable(summary([row({}), better]))
  t.match(text, '10 problems are too few to carry these differences')
  const sure = row({
    threshold: 0.5,
    change: { accuracy: -0.9, interval: [-0.2, 0.25], gained: 0, lost: 9, pValue: 0.0039 },
  })
  t.match(await renderTable(summary([row({}), better, sure])), 'Only the differences at 0.5 can')
  t.notMatch(await renderTable(summary([row({}), sure])), /chance/)
  t.notMatch(await renderTable(summary([row({})])), /chance/, 'nothing is compared')
})

t.test('notes: no verified answer, no steps, cut off, unfinished', async t => {
  const text = await renderTable(
    summary([row({})], {
      noVerifiedAnswer: ['1'],
      noSteps: ['2', '3'],
      fewSteps: ['2', '3', '4'],
      splitters: { paragraph: 6, line: 1 },
      cutOff: ['1', '2', '3', '4', '5', '6'],
      finished: 7,
    }),
  )
  t.match(text, 'No verified answer, left out of the accuracy: 1 problem (id 1).')
  t.match(text, 'No steps, left out of steps kept and length: 2 problems (id 2, 3).')
  t.match(text, 'Fewer than two steps, nothing to choose from: 3 problems (id 2, 3, 4).')
  t.match(text, 'Steps were found by paragraph in 6 traces, line in 1.')
  t.match(text, 'Chain of thought cut off before its end: 6 problems (id 1, 2, 3, 4, 5, …).')
  t.match(text, 'Unfinished: 7 of 10 problems.')
})

const steps = [
  { index: 0, text: 'Start with\n16 coins.', score: 1 },
  { index: 1, text: 'x'.repeat(80), score: 0.5 },
  { index: 2, text: 'bell \u001b[31m red', score: 0 },
]

t.test('steps: index, bar, mark and beginning on one line each', async t => {
  const lines = renderSteps(steps, { kept: [0], stream: new PassThrough() }).split('\n')
  t.strictSame(lines, [
    '0  ██████████  kept     Start with 16 coins.',
    `1  █████       removed  ${'x'.repeat(59)}…`,
    '2              removed  bell [31m red',
  ])
})

t.test('steps that state the answer are marked', async t => {
  const stream = new PassThrough()
  const lines = renderSteps(steps, { kept: [0], stating: [0, 2], stream }).split('\n')
  t.match(lines[0], / kept {4}= {2}Start/)
  t.match(lines[1], / removed {4}x/)
  t.match(lines[2], / removed = {2}bell/)
})

t.test('steps: all scores 0, a limit, none', async t => {
  const stream = new PassThrough()
  const zero = steps.map(step => ({ ...step, score: 0 }))
  t.match(renderSteps(zero, { kept: [0, 1, 2], stream }), /^0 {14}kept/)
  const many = Array.from({ length: 111 }, (_, index) => ({ index, text: 'step', score: index }))
  const lines = renderSteps(many, { kept: [], limit: 5, stream }).split('\n')
  t.equal(lines.length, 6)
  t.match(lines[0], /^ {2}0 {2}/)
  t.equal(lines[5], '… and 106 more steps')
  t.equal(renderSteps([], { kept: [], stream }), '')
})

t.test('the own answer: behind the thinking, in all of it where there is no thinking', async t => {
  const answerOf = (text: string) => ownAnswer(fakeTrace('p', text)).value
  t.equal(answerOf('<think>\\boxed{1}</think>\\boxed{2}'), '2')
  t.equal(answerOf('Hence \\boxed{3}.'), '3')
  t.equal(answerOf('<think>\\boxed{1}</think>'), null, 'a thought is no answer')
  t.equal(answerOf(''), null)
})

t.test('report: counts and provenance as plain data', async t => {
  const trace = segment(fakeTrace('p', '<think>one two three\n\nfour five six</think>\\boxed{2}'))
  const scored = await fakeSession({ reply: () => '', score: text => text.length }).scoreSteps(
    trace,
  )
  const pruned = prune(scored, { keep: 1 })
  const after = fakeEvaluation('\\boxed{3}')
  const made = report({ model: { info }, trace: pruned, after })
  t.match(made, { version: 1, before: { value: '2' }, after: { answer: { value: '3' } } })
  t.match(made, { build: { version: String, llamaCommit: String }, model: info })
  t.strictSame(made.counts, {
    steps: 2,
    keptSteps: 1,
    thinkingTokens: pruned.thinking.tokenEnd - pruned.thinking.tokenStart,
    keptTokens: pruned.prunedTokens.length,
  })
  t.strictSame(JSON.parse(JSON.stringify(made)), made)
})

const info = {
  path: 'm.gguf',
  architecture: 'llama',
  name: 'm',
  fileType: 'F32',
  parameters: 1,
  bytes: 4,
  layers: 1,
  gpuLayers: 0,
  layerDevices: ['CPU', 'CPU'],
  heads: 1,
  kvHeads: 1,
  recurrent: false,
  hybrid: false,
  attentionLayers: [0],
  windowLayers: [],
  embeddingLength: 1,
  trainedContext: 1,
  vocabularySize: 1,
  chatTemplate: null,
  sampling: { from: 'greedy', ...defaultSampling },
  thinking: null,
} as const
