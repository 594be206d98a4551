/** The page as text: what is in it, what cannot be in it, and what is refused. */

import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { randomNumbers } from '../../dist/base/random.js'
import { type ProblemResult, summarize } from '../../dist/experiment/index.js'
import { pack } from '../../dist/report/html/pack.js'
import { pageRun } from '../../dist/report/html/page-index.js'
import { differs, pruneSteps } from '../../dist/report/html/prune-steps.js'
import { html } from '../../dist/report/index.js'
import { context, dataset } from '../support/fake-experiment.js'
import { fakeResults } from '../support/fake-results.js'

const hostile =
  '</script><script>alert(1)</script>"><img src=x onerror=alert(2)></style>\u2028\u202e'
const results = fakeResults({
  problems: 3,
  steps: 7,
  textOf: (_, step) => `${hostile} ${step}`,
}).map(result => ({ ...result, id: `${hostile}${result.index}`, problem: hostile }))
const set = { ...dataset(...results.map(() => ({}))), name: hostile }
const summary = summarize(results, context(set))
const page = html(results, summary, { date: hostile })

const unpacked = (id: string): unknown => {
  const [, data = ''] = new RegExp(`id="${id}">([^<]*)<`).exec(page) ?? []
  return JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString())
}

t.test('text of others is nowhere markup', async t => {
  t.notMatch(page, /<img|<script>alert/)
  // the two of the page, and a block for the index and each problem
  t.equal(page.match(/<script/g)?.length, 1 + 1 + results.length)
  t.equal(page.match(/<\/script/g)?.length, 1 + 1 + results.length)
  t.equal(page.match(/<\/style/g)?.length, 1)
  t.match(page, /<bdi>&lt;\/script&gt;/)
})

t.test('the policy allows the one script and the one style sheet, by their hashes', async t => {
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
  const hash = (text = '') => createHash('sha256').update(text).digest('base64')
  const [, script] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? []
  const [, style] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? []
  t.equal(
    policy,
    `default-src 'none'; script-src 'sha256-${hash(script)}'; style-src 'sha256-${hash(style)}'; base-uri 'none'; form-action 'none'`,
  )
  t.notMatch(page, / style="| on[a-z]+="/, 'no attribute that the policy would refuse')
  t.notMatch(page, /(?:src|href)="(?!#)/, 'no link out of the page')
})

t.test('a block has the trace, its steps as ranges, and scores', async t => {
  const block = unpacked('trace-1') as {
    readonly text: string
    readonly steps: readonly (readonly [number, number])[]
    readonly scores: readonly (readonly number[])[]
    readonly recorded: unknown
  }
  const result = results[1]
  t.equal(block.text, result?.trace.text)
  t.strictSame(
    block.steps.map(([start, end]) => block.text.slice(start, end)),
    result?.steps.map(({ text }) => text),
  )
  t.strictSame(
    block.scores,
    result?.methods.map(({ scores }) => scores),
  )
  t.equal(block.recorded, null, 'the slider keeps what the run kept')
  t.match(unpacked('index'), {
    methods: ['attention', 'recency', 'random'],
    thresholds: [0, 0.3, 0.5],
  })
})

t.test('without pictures a line says what to install', async t => {
  t.match(page, 'npm install vega vega-lite @resvg/resvg-js')
  const drawn = html(results, summary, { pictures: { tradeoff: '<svg viewBox="0 0 1 1"/>' } })
  t.match(drawn, '<figure><svg role="img" aria-label="Accuracy')
  t.notMatch(drawn, 'npm install vega')
})

t.test('what nobody could solve has a line each, as text', async t => {
  const failed = [
    { index: 4, sample: 1, id: 'five', code: 'ERR_QUEUE', message: '<b>gone</b>' },
    { index: 5, sample: 0, id: 'six', code: 'ERR_ABORTED', message: 'no' },
  ].map(one => ({ ...one, attempts: 3, worker: 'host:1' }))
  const told = html(results, summary, { failed })
  t.match(
    told,
    '<li>problem five, sample 1 was given up after 3 tries, the last by host:1: ERR_QUEUE &lt;b&gt;gone&lt;/b&gt;</li>',
  )
  t.match(told, '<li>problem six was given up')
  t.notMatch(page, 'given up')
})

t.test(
  'the slider: hidden steps are gone, protected ones stay, what is no number cannot prune',
  async t => {
    const steps = { tokens: [5, 5, 5, 5], scores: [[1, 2, 3, 4]], hidden: [3] }
    const pruning = { rule: 'threshold', protect: {} } as const
    t.strictSame(pruneSteps(steps, 0, 0, pruning)?.kept, [0, 1, 2])
    t.strictSame(pruneSteps(steps, 0, 1, pruning)?.kept, [2])
    t.strictSame(pruneSteps(steps, 0, 1, { ...pruning, protect: { first: 1 } })?.kept, [0, 2])
    t.strictSame(pruneSteps({ ...steps, hidden: [0, 1, 2, 3] }, 0, 0, pruning), null)
    t.equal(pruneSteps({ ...steps, scores: [[1, null, 3, 4]] }, 0, 0, pruning), null)
    const budget = pruneSteps({ ...steps, hidden: [] }, 0, 0.4, { rule: 'tokens', protect: {} })
    t.match(budget, { kept: [1, 2, 3], cut: { step: 1, tokens: 3 }, keptTokens: 12, tokens: 20 })
    t.equal(differs(steps, [0], pruning, [[[0, 1, 2]]]), false)
    t.equal(differs(steps, [0], pruning, [[[0, 1]]]), true)
  },
)

t.test('a run that pruned by other means shows what it kept', async t => {
  const others = results.map(result => ({
    ...result,
    thresholds: result.thresholds.map(row => ({ ...row, kept: [0] })),
  }))
  const [, data = ''] = /id="trace-0">([^<]*)</.exec(html(others, summary)) ?? []
  const block = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString())
  t.strictSame(block.recorded[0], [[0], [0], [0]])
})

t.test(
  'what does not fit: texts behind pruned traces are shortened, then traces are left out',
  async t => {
    const noise = randomNumbers(3000, 1).join(' ')
    const long = results.map(result => ({
      ...result,
      thresholds: result.thresholds.map(row => ({ ...row, output: `${noise}${row.threshold}` })),
    }))
    const run = pageRun(long, summary, { rule: 'threshold', protect: {} })
    const whole = pack(long, run)
    t.match(whole, { mostOutput: null, left: 0 })
    const sizeOf = ({ traces }: typeof whole) =>
      traces.reduce((sum, trace) => sum + (trace?.length ?? 0), 0)
    const shorter = pack(long, run, sizeOf(whole) - 1)
    t.match(shorter, { mostOutput: 4000, left: 0 })
    const [block] = shorter.traces
    const { rows } = JSON.parse(gunzipSync(Buffer.from(block ?? '', 'base64')).toString())
    t.match(rows[0][1], { output: /0\.3$/, shortened: true }, 'the end stays: it has the answer')
    t.equal(rows[0][1].output.length, 4000)
    const bare = pack(long, run, 0)
    t.match(bare, { mostOutput: 0, left: results.length, traces: [null, null, null] })
  },
)

t.test('no results, and results without steps, are pages too', async t => {
  const none = summarize([], context(set))
  t.match(html([], none), 'No problem is finished yet.')
  const empty = results.map(result => ({ ...result, steps: [], methods: [] }))
  t.match(html(empty, summarize(empty, context(set))), 'Problem by problem')
})

t.test('what is not a result is named', async t => {
  const [first] = results
  if (first === undefined) throw new Error('no results')
  const bad = (change: Record<string, unknown>): readonly ProblemResult[] => [
    first,
    JSON.parse(JSON.stringify({ ...first, ...change })),
  ]
  const cases = [
    [bad({ trace: { text: 5 } }), 'results[1].trace.text must be a string. Received 5 (number)'],
    [bad({ steps: [{ index: 0 }] }), 'results[1].steps[0].text must be a string'],
    [bad({ methods: [{ method: 'x', scores: ['y'] }] }), 'results[1].methods[0].scores[0] must be'],
    [bad({ thresholds: {} }), 'results[1].thresholds must be an array'],
  ] as const
  for (const [values, message] of cases) {
    t.throws(() => html(values, summary), { code: 'ERR_RESULTS', message })
  }
  t.throws(() => html(results, summary, JSON.parse('{"picture":{}}')), {
    code: 'ERR_UNKNOWN_OPTION',
    message: /Did you mean options\.pictures/,
  })
})
