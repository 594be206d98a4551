/** Rows in, rows out: what goes, what stays as it was, and what is said of it. */

import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import {
  type CompressedRow,
  type CompressTracesOptions,
  compressTraces,
} from '../../../dist/experiment/index.js'
import { CotPruneError } from '../../../dist/index.js'
import { fakeCompressSession } from '../../support/fake-compress.mjs'

/** Steps score by their number. */
const thinking = 'Step 5 is here.\n\nStep 1 is here.\n\nStep 9 is here.\n\nStep 3 is here.'
const row = { problem: 'Why?', thinking, answer: 'It is 7.' }

async function collect(
  rows: Iterable<unknown>,
  options: Partial<CompressTracesOptions> = {},
): Promise<CompressedRow[]> {
  const all: CompressedRow[] = []
  const made = { session: fakeCompressSession(), ...options }
  for await (const done of compressTraces(rows, made)) all.push(done)
  return all
}

t.test('the lowest steps go, the rest of the row stays, and the record says what went', async t => {
  const [done] = await collect([{ a: 1, ...row, b: [2] }], { rule: { ratio: 0.5 } })
  t.match(done, {
    index: 0,
    outcome: 'pruned',
    fault: null,
    readTokens: 3 + 7 + thinking.length + 8 + 8,
  })
  t.strictSame(done?.row, {
    a: 1,
    problem: 'Why?',
    thinking: 'Step 5 is here.\n\nStep 9 is here.',
    answer: 'It is 7.',
    b: [2],
    cot_prune: {
      method: 'last-token',
      rule: { ratio: 0.5 },
      turns: [
        {
          turn: null,
          steps: 4,
          // a blank line belongs to the step before it; the last one has none
          tokens: { before: thinking.length, after: thinking.length - 17 - 15 },
          scores: [5, 1, 9, 3],
          removed: [
            { step: 1, text: 'Step 1 is here.' },
            { step: 3, text: 'Step 3 is here.' },
          ],
        },
      ],
    },
  })
  t.strictSame(Object.keys(Object(done?.row)), [
    'a',
    'problem',
    'thinking',
    'answer',
    'b',
    'cot_prune',
  ])
})

t.test('a line comes back as a line, of which nothing else is touched', async t => {
  const line = `{ "id": 1.50, "messages": [{"role": "user", "content": "\\u0057hy?"}, {"role": "assistant", "content": "<think>\\n${thinking.replaceAll('\n', '\\n')}\\n</think>\\n\\nIt is 7."}], "n": 12345678901234567890}`
  const [text, bytes] = await collect([line, Buffer.from(line)], { rule: { keep: 1 } })
  const [before, record] = String(text?.row).split(', "cot_prune": ')
  const [head = '', tail = ''] = line.split(thinking.replaceAll('\n', '\\n'))
  t.equal(before, `${head}Step 9 is here.${tail.slice(0, -1)}`)
  t.match(JSON.parse(String(record).slice(0, -1)), { turns: [{ turn: 1, steps: 4 }] })
  t.equal(bytes?.row, text?.row)
})

t.test('what separates the kept steps is what separated them before', async t => {
  const sentences = 'It is 5 at first. Then it is 1 for us. Now it is 9 again.'
  const rows = [
    { ...row, thinking: sentences },
    { ...row, thinking: sentences.replaceAll('. ', '.\n') },
  ]
  const done = await collect(rows, { rule: { ratio: 0.34 } })
  t.strictSame(
    done.map(({ row }) => Object(row).thinking),
    ['It is 5 at first. Now it is 9 again.', 'It is 5 at first.\nNow it is 9 again.'],
  )
})

t.test('tokens: whole steps up to a budget, the best one always', async t => {
  const left = async (tokens: number) => {
    const [done] = await collect([row], { rule: { tokens } })
    return Object(done?.row).thinking.match(/\d/g).join('')
  }
  t.equal(await left(1), '9')
  t.equal(await left(17), '9')
  t.equal(await left(17 + 17), '59')
  t.equal(await left(17 + 17 + 15), '593')
  t.equal(await left(1000), '5193')
})

t.test('nothing to prune: the row has its record, and its bytes', async t => {
  const rows = [JSON.stringify({ ...row, thinking: 'One step and no more.' }), JSON.stringify(row)]
  const done = await collect(rows, { rule: { ratio: 0 } })
  t.strictSame(
    done.map(({ outcome }) => outcome),
    ['unchanged', 'unchanged'],
  )
  for (const [i, { row: text }] of done.entries()) {
    t.ok(String(text).startsWith(rows[i]?.slice(0, -1) ?? 'x'))
  }
  t.match(done[0]?.record?.turns[0], { steps: 1, scores: [], removed: [] })
})

t.test('rows that cannot be pruned stay as they are, are left out, or stop', async t => {
  const broken = Buffer.from([0x7b, 0xff, 0x7d])
  const long = { ...row, thinking: `${thinking}\n\n${'more '.repeat(100)}` }
  const rows = ['{"a":', broken, '[1]', { problem: 'Why?' }, long, '', row]
  const session = fakeCompressSession({ contextLength: 300 })
  const copied = await collect(rows, { session })
  t.strictSame(
    copied.map(({ outcome, fault }) => fault?.reason ?? outcome),
    ['json', 'json', 'shape', 'no-thinking', 'too-long', 'blank', 'pruned'],
  )
  t.strictSame(
    copied.slice(0, 6).map(done => done.row),
    rows.slice(0, 6),
    'the very same',
  )
  const skipped = await collect(rows, { session, onError: 'skip' })
  t.strictSame(
    skipped.map(done => done.row !== null),
    [false, false, false, false, false, true, true],
  )
  await t.rejects(collect([row, '{"a":'], { onError: 'stop' }), {
    code: 'ERR_DATASET',
    message: /^row 1: the line is not valid JSON/,
  })
})

t.test(
  'what would fail for every row ends it, with the row named, whatever becomes of faulty rows',
  async t => {
    const fail = () => new CotPruneError('ERR_CAPTURE_UNAVAILABLE', 'no row was captured')
    for (const onError of ['copy', 'skip', 'stop'] as const) {
      const session = fakeCompressSession({ fail })
      await t.rejects(collect([{ problem: 'Why?' }, row, row], { session, onError, first: 10 }), {
        code: onError === 'stop' ? 'ERR_DATASET' : 'ERR_CAPTURE_UNAVAILABLE',
        message: onError === 'stop' ? /^row 10: no turn/ : /^row 11: no row was captured/,
      })
    }
    t.ok(true)
  },
)

t.test(
  "text that the vocabulary spells otherwise is not pruned: its steps would not be the row's",
  async t => {
    const fake = fakeCompressSession()
    const session = {
      ...fake,
      model: {
        ...fake.model,
        traceOf: (input: Parameters<typeof fake.model.traceOf>[0]) =>
          fake.model.traceOf({ ...input, thinking: input.thinking.toLowerCase() }),
      },
    }
    const [done] = await collect([row], { session })
    t.match(done, { outcome: 'failed', fault: { reason: 'text' }, row })
  },
)

t.test('several sessions work at once, one row each, and rows stay in order', async t => {
  const sessions = [1, 2, 3].map(() => fakeCompressSession({ delay: () => wait(2) }))
  const rows = Array.from({ length: 12 }, (_, id) => ({ id, ...row }))
  const done = await collect(rows, { session: sessions })
  t.strictSame(
    done.map(({ row }) => Object(row).id),
    rows.map(({ id }) => id),
  )
  t.strictSame(
    sessions.map(({ most }) => most),
    [1, 1, 1],
  )
})

t.test('check: the model is asked again behind all and behind what is left', async t => {
  const session = fakeCompressSession({ evaluate: left => (left.includes('Step 1') ? '7' : '8') })
  const done = await collect([row, row], { session, check: index => index === 1 })
  t.equal(done[0]?.record?.turns[0]?.check, undefined)
  t.strictSame(done[1]?.record?.turns[0]?.check, { own: '7', whole: '7', pruned: '8' })
})

t.test('an abort is its reason; leaving the loop leaves nothing running', async t => {
  const reason = new Error('enough')
  const stop = new AbortController()
  const session = fakeCompressSession({ delay: () => wait(5) })
  const rows = Array.from({ length: 9 }, () => row)
  const run = async () => {
    for await (const { index } of compressTraces(rows, { session, signal: stop.signal })) {
      if (index === 1) stop.abort(reason)
    }
  }
  await t.rejects(run(), reason)
  t.equal(session.busy, 0)
  for await (const _ of compressTraces(rows, { session })) break
  t.equal(session.busy, 0)
})

t.test('wrong options are told at the call', t => {
  const session = fakeCompressSession()
  const wrong = (options: object, message: RegExp) =>
    t.throws(() => compressTraces([], { session, ...options }), { message })
  wrong({ rule: {} }, /options\.rule must be an object with exactly one of/)
  wrong({ rule: { keep: 1, ratio: 0.5 } }, /options\.rule must be an object with exactly one of/)
  wrong({ rule: { tokens: 0 } }, /options\.rule\.tokens must be an integer from 1/)
  wrong(
    { rule: { ratios: 0.5 } },
    /options\.rule\.ratios is not a known option. Did you mean options\.rule\.ratio\?/,
  )
  wrong({ rule: { ratio: Number.NaN } }, /options\.rule\.ratio must be a number from 0 to 1/)
  wrong({ method: 'step-graph' }, /options\.heads/)
  wrong({ method: 'nothing' }, /options\.methods\[0\]/)
  wrong({ onError: 'ignore' }, /options\.onError must be one of 'copy', 'skip', 'stop'/)
  wrong({ session: [] }, /options\.session must be a session, or several/)
  wrong({ thresold: 1 }, /options\.thresold is not a known option/)
  t.end()
})
