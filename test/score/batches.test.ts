/** Which tokens share a batch, by hand. */

import t from 'tap'
import { captureSize, joins, nextBatch, usefulBatch } from '../../dist/score/step-graph/batches.js'

const reading = (length: number, first = 0, at = 0) => ({ tokens: { length }, first, at })
const counts = (batch: ReturnType<typeof nextBatch>) =>
  batch.map(({ count, captures }) => (captures ? count : -count))

t.test('a batch is filled in order, and each trace has a piece of it', async t => {
  const limits = { batchSize: 512, captureSize: 512 }
  const many = [reading(300, 20), reading(100, 90), reading(400, 60)]
  t.strictSame(counts(nextBatch(many, limits)), [300, 100, 112])
  t.strictSame(counts(nextBatch([reading(300, 20, 299), reading(500, 450)], limits)), [1, 500])
  t.strictSame(counts(nextBatch([reading(600, 100), reading(5, 2)], limits)), [512])
  t.strictSame(
    counts(nextBatch([reading(500, 100), reading(500, 12)], limits)),
    [500, -12],
    'its twelve tokens are all in front of the second step',
  )
})

t.test('a long beginning is decoded in whole batches that capture nothing', async t => {
  const limits = { batchSize: 512, captureSize: 64 }
  t.strictSame(counts(nextBatch([reading(2000, 700), reading(40, 9)], limits)), [-512])
  t.strictSame(counts(nextBatch([reading(2000, 700, 512)], limits)), [-188])
  t.strictSame(counts(nextBatch([reading(2000, 700, 700)], limits)), [64])
  t.strictSame(counts(nextBatch([reading(2000, 63)], limits)), [64], 'a short one is not')
})

t.test('rows of a batch take at most 64 MiB, and one token is always decoded', async t => {
  t.equal(captureSize(512, 512, 8), 512)
  t.equal(captureSize(512, 32_768, 8), 64)
  t.equal(captureSize(512, 2 ** 24, 512), 1)
  t.strictSame(
    [usefulBatch(512, false), usefulBatch(64, false), usefulBatch(512, true)],
    [256, 64, 512],
  )
})

t.test('one more joins where the batch is not full and the cells are there', async t => {
  const room = { batchSize: 512, contextLength: 4096, held: 0, heads: 8 }
  const cpu = { ...room, onGpu: false }
  const gpu = { ...room, onGpu: true }
  t.ok(joins([], reading(4000), cpu), 'the first always')
  t.ok(joins([reading(100)], reading(156), cpu))
  t.notOk(joins([reading(100)], reading(157), cpu), 'a second block of cells')
  t.notOk(joins([reading(100)], reading(156), { ...cpu, held: 1 }))
  t.ok(joins([reading(100), reading(300)], reading(2000), gpu))
  t.notOk(joins([reading(300), reading(212)], reading(10), gpu), 'the batch is full')
  t.ok(joins([reading(1300, 0, 1000)], reading(2000), gpu), 'what is left counts')
  t.notOk(joins([reading(300)], reading(3797), gpu), 'more than the context')
  t.notOk(joins([reading(300)], reading(3000), { ...gpu, held: 800 }))
})
