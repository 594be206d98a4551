/** On the embedded model: what goes by its heads, whatever runs beside, and with every method. */

import { readFileSync } from 'node:fs'
import t from 'tap'
import { certaintyOf, withCertainty } from '../../../dist/experiment/compress/certainty.js'
import {
  type CompressedRow,
  type CompressTracesOptions,
  compressTraces,
  findHeadProfile,
  methodNames,
} from '../../../dist/experiment/index.js'
import { embeddedModel, loadModel, segment } from '../../../dist/index.js'
import { reasonerPath } from '../../support/reasoner.js'
import { tinyModel } from '../../support/tiny-models.mjs'

t.setTimeout(300_000)

interface Labelled {
  readonly problem: string
  readonly steps: readonly string[]
  readonly needed: readonly number[]
  readonly reply: string
}

const { study } = await embeddedModel()
const labelled: readonly Labelled[] = readFileSync(study, 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line))
const rowOf = ({ problem, steps, reply }: Labelled) => ({
  messages: [
    { role: 'user', content: problem },
    { role: 'assistant', reasoning_content: steps.join('\n\n'), content: reply },
  ],
})

const heads = (await findHeadProfile(reasonerPath)) ?? undefined
const model = await loadModel(reasonerPath)
t.teardown(() => model.close())
const open = () => model.createSession({ contextLength: 1024, threads: 1 })
const session = await open()

async function collect(
  rows: readonly unknown[],
  options: Partial<CompressTracesOptions> = {},
): Promise<CompressedRow[]> {
  const all: CompressedRow[] = []
  for await (const row of compressTraces(rows, { session, heads, ...options })) all.push(row)
  return all
}

t.test('by the chosen heads, the needed steps stay and most others go', async t => {
  const some = labelled.filter((_, i) => i % 10 === 0)
  const rows = await collect(some.map(rowOf))
  let [needed, kept, others, removed] = [0, 0, 0, 0]
  for (const [i, { record }] of rows.entries()) {
    const gone = new Set(record?.turns[0]?.removed.map(({ step }) => step))
    const count = some[i]?.steps.length ?? 0
    t.equal(record?.turns[0]?.steps, count, 'the steps are those that were written')
    for (let step = 0; step < count; step++) {
      if (some[i]?.needed.includes(step)) needed++
      else others++
      if (gone.has(step)) removed += some[i]?.needed.includes(step) ? 0 : 1
      else kept += some[i]?.needed.includes(step) ? 1 : 0
    }
  }
  t.ok(kept / needed > 0.9, `${kept} of ${needed} needed steps are kept`)
  t.ok(removed / others > 0.5, `${removed} of ${others} others are gone`)
})

t.test('a row is what it is, whoever was before it and whoever works beside', async t => {
  const rows = labelled.slice(0, 4).map(rowOf)
  const together = await collect(rows)
  const [alone] = await collect(rows.slice(3), { first: 3 })
  t.strictSame(alone, together[3])
  const beside = await collect(rows, { session: [session, await open()] })
  t.strictSame(beside, together)
})

t.test('every method of run scores', async t => {
  const rows = labelled.slice(0, 1).map(rowOf)
  for (const method of methodNames) {
    const [row] = await collect(rows, { method, rule: { ratio: 0.5 } })
    t.equal(row?.outcome, 'pruned', method)
    const scores = row?.record?.turns[0]?.scores ?? []
    t.ok(scores.length > 2 && scores.every(Number.isFinite), method)
    t.equal(row?.record?.turns[0]?.removed.length, Math.round(scores.length / 2))
  }
})

t.test('how sure the model is of given words is what it says where it writes them', async t => {
  const content = labelled[0]?.problem ?? ''
  const asked = { maxTokens: 60, certainty: 20, temperature: 0 }
  const trace = await session.generate([{ role: 'user', content }], asked).finish()
  const { certainties = [], ...given } = segment(trace)
  const blank = { ...given, logprobs: given.logprobs.map(() => 0) }
  const found = await withCertainty('confidence-traac', blank, session)
  const near = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length && a.every((x, i) => Math.abs(x - (b[i] ?? Number.NaN)) < 1e-3)
  t.ok(certainties.length > 30)
  t.ok(near(found.certainties ?? [], certainties))
  t.ok(near(found.logprobs, trace.logprobs))
  t.equal(certaintyOf([Math.log(0.25), Math.log(0.25)]), 0)
  t.equal(await withCertainty('random', blank, session), blank)
})

t.test('check: the model comes to the answer from what is left', async t => {
  const [row] = await collect(labelled.slice(0, 1).map(rowOf), { check: () => true })
  t.strictSame(row?.record?.turns[0]?.check, { own: '121', whole: '121', pruned: '121' })
})

t.test('longer than the context: told, with its length', async t => {
  const long = {
    ...labelled[0],
    steps: Array.from({ length: 9 }, () => labelled[0]?.steps ?? []).flat(),
  }
  const [row] = await collect([rowOf({ problem: '', reply: '7', needed: [], ...long })])
  t.match(row?.fault, {
    reason: 'too-long',
    message: /\d{4} tokens do not fit into a context of 1024/,
  })
})

t.test(
  'a model without a layer that attends cannot score by attention, and names the row',
  async t => {
    const mamba = await loadModel(tinyModel({ arch: 'mamba' }), { chatTemplate: 'none' })
    t.teardown(() => mamba.close())
    const plain = await mamba.createSession({ contextLength: 1024 })
    const rows = [{ problem: 'Why?', answer: 'no thinking' }, rowOf(labelled[0] ?? never)]
    await t.rejects(collect(rows, { session: plain, heads: undefined }), {
      code: 'ERR_CAPTURE_UNAVAILABLE',
      message: /^row 1: /,
    })
    const [, row] = await collect(rows, { session: plain, heads: undefined, method: 'recency' })
    t.equal(row?.outcome, 'pruned', 'what reads no attention does')
  },
)

const never: Labelled = { problem: '', steps: [], needed: [], reply: '' }
