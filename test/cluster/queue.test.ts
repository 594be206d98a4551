/** Both ends of a queue on a Redis of the test's own: nothing is lost, nothing done twice counts twice. */

import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import t from 'tap'
import {
  Desk,
  type Hands,
  inOrder,
  type Job,
  type OpenWorkplace,
  type Outcome,
  serveQueue,
  type WorkSpec,
  withId,
} from '../../dist/cluster/index.js'
import { keysOf } from '../../dist/cluster/redis/address.js'
import { CotPruneError } from '../../dist/index.js'
import { noRedis, startRedis, type TestRedis } from '../support/redis.js'

const build = { version: '0', llamaCommit: 'c', patchSha256: 'p' }

const specOf = (key: object, attempts = 2): WorkSpec =>
  withId({
    kind: 'double',
    fingerprint: { build, key },
    model: { name: 'm', contextLength: null, thinking: null, chatTemplate: null },
    input: { name: 'd' },
    options: {},
    attempts,
    stalledAfter: 30,
  })

const jobs = (count: number): Job<number>[] =>
  Array.from({ length: count }, (_, data) => ({ id: `j${data}`, data }))

type Do = (data: number, signal: AbortSignal) => Promise<number>

/** Opens work whose jobs are done by `work`. */
const opening =
  (key: object, work: Do, parallel = 1): OpenWorkplace =>
  async (_, signal) => {
    const closing = new AbortController()
    const any = AbortSignal.any([signal, closing.signal])
    return {
      fingerprint: { build, key },
      info: { model: 'hash', device: 'test', parallel },
      do: data => work(Number(data), any),
      close: async () => closing.abort(),
    }
  }

let redis: TestRedis
const skip = noRedis
t.before(async () => {
  if (!skip) redis = await startRedis()
})
t.after(() => redis?.stop())

const names = (function* () {
  for (let i = 0; ; i++) yield `q${i}`
})()

/** A queue of its own, with what ends it. */
function setUp(t: Tap, spec: WorkSpec) {
  const { address } = redis
  const queueName = names.next().value
  const notes: string[] = []
  const note = (text: string) => void notes.push(text)
  const workers: { stop: AbortController; done: Promise<void> }[] = []
  const start = (open: OpenWorkplace, more: { once?: boolean; grace?: number } = {}) => {
    const stop = new AbortController()
    const how = { address, queueName, open, once: false, grace: 5, note, ...more }
    const worker = { stop, done: serveQueue({ ...how, signal: stop.signal }) }
    worker.done.catch(() => {})
    workers.push(worker)
    return worker
  }
  t.teardown(async () => {
    for (const { stop, done } of workers) {
      stop.abort()
      await done.catch(() => {})
    }
  })
  const open = (resume = false) =>
    Desk.open<number, number>({ address, queueName, spec, resume, note })
  return { queueName, notes, start, open }
}

type Tap = { teardown(end: () => Promise<void>): void }

async function collect(hands: Hands<number, number>, count: number): Promise<Outcome<number>[]> {
  const outcomes: Outcome<number>[] = []
  for await (const { outcome } of inOrder(jobs(count), hands)) outcomes.push(outcome)
  return outcomes
}

const results = (outcomes: readonly Outcome<number>[]) => outcomes.map(({ result }) => result)
const doubled = (count: number) => Array.from({ length: count }, (_, i) => 2 * i)

t.test(
  'jobs are done by those who are there, in order, and nothing stays behind',
  { skip },
  async t => {
    const { start, open, notes } = setUp(t, specOf({}))
    const done: number[] = []
    const work: Do = async data => {
      await sleep(10 + (data % 3))
      done.push(data)
      return 2 * data
    }
    const first = start(opening({}, work), { once: true })
    const second = start(opening({}, work, 2), { once: true })
    const desk = await open()
    const working = () => notes.filter(text => / works on test, model hash/.test(text)).length
    while (working() < 2) await sleep(50)
    t.equal(desk.room, 6, 'twice what the two do at once')
    t.strictSame(results(await collect(desk, 99)), doubled(99))
    t.equal(new Set(done).size, 99)
    t.equal(done.length, 99, 'none was done twice')
    await desk.close()
    await Promise.all([first.done, second.done])
    const client = new Redis(redis.address)
    const left = await client.keys('*q0*')
    // which expire
    t.strictSame(
      left.filter(key => !/:(?:stalled-check|over)$/.test(key)),
      [],
    )
    client.disconnect()
  },
)

t.test(
  'a job that fails is tried again; one that always fails is named, and the others go on',
  { skip },
  async t => {
    const { start, open } = setUp(t, specOf({}))
    const tries = new Map<number, number>()
    const work: Do = async data => {
      tries.set(data, (tries.get(data) ?? 0) + 1)
      if (data === 1 && tries.get(1) === 1) throw new Error('once')
      if (data === 2) throw new CotPruneError('ERR_CONTEXT_FULL', 'no room')
      return 2 * data
    }
    start(opening({}, work))
    const desk = await open()
    t.teardown(() => desk.close())
    const outcomes = await collect(desk, 4)
    t.strictSame(results(outcomes), [0, 2, null, 6])
    t.match(outcomes[2]?.failure, { code: 'ERR_CONTEXT_FULL', message: 'no room', attempts: 2 })
    t.match(outcomes[2]?.failure?.worker, /^.+\/\d+-/)
    t.strictSame([tries.get(1), tries.get(2)], [2, 2])
  },
)

t.test(
  'a worker of another fingerprint is refused, in words, and does nothing',
  { skip },
  async t => {
    const { start, open, notes } = setUp(t, specOf({ model: 'a' }))
    const other = start(
      opening({ model: 'b' }, async () => {
        throw new Error('it worked')
      }),
      { once: true },
    )
    const desk = await open()
    t.teardown(() => desk.close())
    await t.rejects(other.done, {
      code: 'ERR_QUEUE',
      message: /model is "a" in the run and "b" here/,
    })
    start(opening({ model: 'a' }, async data => 2 * data))
    t.strictSame(results(await collect(desk, 3)), doubled(3))
    t.ok(notes.some(text => /refuses this worker/.test(text)))
  },
)

t.test('one run a queue at a time', { skip }, async t => {
  const { open } = setUp(t, specOf({}))
  const desk = await open()
  await t.rejects(open(), { code: 'ERR_QUEUE', message: /another run is using the queue/ })
  await desk.close()
  await (await open()).close()
})

t.test('what is in hand is finished when a worker stops, or goes back', { skip }, async t => {
  const { start, open } = setUp(t, specOf({}))
  const begun: string[] = []
  const slow =
    (name: string, millis: number): Do =>
    async (data, signal) => {
      begun.push(`${name}${data}`)
      await sleep(millis, undefined, { signal })
      return 2 * data
    }
  const patient = start(opening({}, slow('a', 300)))
  const desk = await open()
  t.teardown(() => desk.close())
  const collected = collect(desk, 3)
  while (begun.length === 0) await sleep(20)
  patient.stop.abort()
  await patient.done
  t.strictSame(begun, ['a0'], 'the job in hand, and no other')
  const hasty = start(opening({}, slow('b', 60_000)), { grace: 0 })
  while (begun.length === 1) await sleep(20)
  hasty.stop.abort()
  await hasty.done
  start(opening({}, slow('c', 1)))
  t.strictSame(results(await collected), doubled(3))
  t.strictSame(begun.slice(0, 3), ['a0', 'b1', 'c1'], 'it was not lost, and is no failed try')
})

t.test(
  'outcomes that a killed coordinator did not read are there for the next one',
  { skip },
  async t => {
    const spec = specOf({ seed: 7 })
    const { start, open, queueName } = setUp(t, spec)
    const client = new Redis(redis.address)
    t.teardown(async () => client.disconnect())
    const keys = keysOf(queueName)
    // what one leaves: a result, a job that nobody took
    await client.hset(keys.results(spec.id), 'j1', '20')
    const queue = new Queue(spec.id, { connection: client, prefix: keys.prefix })
    await queue.add('job', '0', { jobId: 'j0', removeOnComplete: true })
    await queue.close()
    const done: number[] = []
    start(
      opening({ seed: 7 }, async data => {
        done.push(data)
        return 2 * data
      }),
    )
    const desk = await open(true)
    t.strictSame(results(await collect(desk, 3)), [0, 20, 4], 'the 20 was not made again')
    t.strictSame(done.sort(), [0, 2])
    await desk.close()
    const fresh = await open()
    t.strictSame(results(await collect(fresh, 3)), doubled(3), 'without resume nothing is taken')
    await fresh.close()
  },
)

t.test('a server that forgets everything costs time, and no job', { skip }, async t => {
  const { start, open } = setUp(t, specOf({}))
  const work: Do = async data => {
    await sleep(200)
    return 2 * data
  }
  const worker = start(opening({}, work), { once: true })
  const desk = await open()
  const collected = collect(desk, 6)
  while (desk.room < 4) await sleep(20)
  await sleep(700)
  const client = new Redis(redis.address)
  await client.flushall()
  client.disconnect()
  t.strictSame(results(await collected), doubled(6))
  await desk.close()
  await worker.done
})

t.test('an address without a server, and one without its password', { skip }, async t => {
  const spec = specOf({})
  const none = { queueName: 'x', spec, resume: false, note: () => {} }
  const nobody = Desk.open({ ...none, address: 'redis://u:secret@127.0.0.1:1' })
  const error = await nobody.then(
    () => null,
    (reason: unknown) => reason,
  )
  t.match(error, { code: 'ERR_QUEUE', message: /redis:\/\/u:\*\*\*@127.0.0.1:1.*is it running/ })
  t.notMatch(String(error), 'secret')
  const locked = await startRedis('--requirepass', 'opensesame')
  t.teardown(() => locked.stop())
  await t.rejects(Desk.open({ ...none, address: locked.address }), {
    code: 'ERR_QUEUE',
    message: /user and password/,
  })
  const address = locked.address.replace('redis://', 'redis://:opensesame@')
  const desk = await Desk.open({ ...none, address })
  await desk.close()
})
