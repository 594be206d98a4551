/** Outcomes come in the order of their jobs, whoever is faster, and no more are out than there is room for. */

import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import {
  type Hands,
  inOrder,
  type Job,
  type Outcome,
  type Settled,
} from '../../dist/cluster/index.js'

const jobs = (count: number): Job<number>[] =>
  Array.from({ length: count }, (_, data) => ({ id: `j${data}`, data }))

/** Hands that a test lets finish, one job at a time. */
class Slow implements Hands<number, number> {
  readonly out = new Map<string, { settle(): void; fail(error: Error): void }>()
  readonly forgotten: string[] = []
  most = 0
  room: number
  #listener = () => {}

  constructor(room: number) {
    this.room = room
  }
  onRoom(listener: () => void): void {
    this.#listener = listener
  }
  grow(room: number): void {
    this.room = room
    this.#listener()
  }
  async do({ id, data }: Job<number>): Promise<Outcome<number>> {
    const outcome = new Promise<Outcome<number>>((resolve, fail) => {
      const settle = () => {
        this.out.delete(id)
        resolve({ failure: null, result: 2 * data })
      }
      this.out.set(id, { settle, fail })
    })
    this.most = Math.max(this.most, this.out.size)
    return outcome
  }
  async forget(id: string): Promise<void> {
    this.forgotten.push(id)
  }
}

const settle = async (hands: Slow, id: string) => {
  hands.out.get(id)?.settle()
  await turn()
}

/** Reads in the background. */
function reading(hands: Slow, count: number, signal?: AbortSignal) {
  const seen: string[] = []
  const left: Settled<number, number>[] = []
  const onLeft = async (some: readonly Settled<number, number>[]) => void left.push(...some)
  const done = (async () => {
    for await (const { job, outcome } of inOrder(jobs(count), hands, { signal, onLeft })) {
      seen.push(`${job.id}=${outcome.result}`)
    }
  })()
  done.catch(() => {})
  return { seen, left, done }
}

t.test('the order is that of the jobs, and each is forgotten once it is kept', async t => {
  const hands = new Slow(3)
  const { seen, done } = reading(hands, 4)
  await turn()
  t.strictSame([...hands.out.keys()], ['j0', 'j1', 'j2'], 'no more than there is room for')
  await settle(hands, 'j2')
  t.strictSame(seen, [])
  t.ok(hands.out.has('j3'), 'what is done makes room')
  await settle(hands, 'j0')
  await settle(hands, 'j1')
  t.strictSame(seen, ['j0=0', 'j1=2', 'j2=4'])
  await settle(hands, 'j3')
  await done
  t.strictSame(hands.forgotten, ['j0', 'j1', 'j2', 'j3'])
})

t.test('outcomes that wait for a slow one are bounded', async t => {
  const hands = new Slow(2)
  const { done, seen } = reading(hands, 100)
  await turn()
  for (let i = 1; i < 100 && hands.out.has(`j${i}`); i++) await settle(hands, `j${i}`)
  t.strictSame([...hands.out.keys()], ['j0'])
  t.equal(hands.most, 2)
  t.strictSame(seen, [])
  const all = (async () => {
    while (seen.length < 100) for (const id of [...hands.out.keys()]) await settle(hands, id)
  })()
  await Promise.all([all, done])
  t.equal(seen.at(-1), 'j99=198')
  t.equal(seen.length, 100)
})

t.test('workers that come make room at once', async t => {
  const hands = new Slow(1)
  const { done } = reading(hands, 3)
  await turn()
  t.equal(hands.out.size, 1)
  hands.grow(3)
  await turn()
  t.equal(hands.out.size, 3)
  for (const id of ['j0', 'j1', 'j2']) await settle(hands, id)
  await done
})

t.test('an abort rejects with its reason, and hands over what is done and was waiting', async t => {
  const hands = new Slow(4)
  const stopping = new AbortController()
  const reason = new Error('enough')
  const { done, left, seen } = reading(hands, 9, stopping.signal)
  await turn()
  await settle(hands, 'j1')
  await settle(hands, 'j3')
  stopping.abort(reason)
  await t.rejects(done, reason)
  t.strictSame(seen, [])
  t.strictSame(
    left.map(({ job }) => job.id),
    ['j1', 'j3'],
  )
})

t.test('hands that cannot go on are thrown', async t => {
  const hands = new Slow(2)
  const { done } = reading(hands, 5)
  await turn()
  hands.out.get('j1')?.fail(new Error('taken'))
  await t.rejects(done, { message: 'taken' })
})

t.test('no job, no wait', async t => {
  for await (const _ of inOrder([], new Slow(1))) t.fail()
})
