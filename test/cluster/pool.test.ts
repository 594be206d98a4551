/** Worker processes of one machine: started again where they die, refused where they are of something else. */

import { fileURLToPath } from 'node:url'
import t from 'tap'
import { inOrder, type Job, Pool, withId } from '../../dist/cluster/index.js'

const script = fileURLToPath(new URL('pool-worker.mjs', import.meta.url))
const spec = withId({
  kind: 'double',
  fingerprint: { build: { version: '0', llamaCommit: 'c', patchSha256: 'p' }, key: { model: 'm' } },
  model: { name: 'm', contextLength: null, thinking: null, chatTemplate: null },
  input: { name: 'd' },
  options: {},
  attempts: 2,
  stalledAfter: 1,
})

type Data = number | string
const jobsOf = (data: readonly Data[]): Job<Data>[] =>
  data.map((one, i) => ({ id: `j${i}`, data: one }))

const open = (args: readonly (readonly string[])[], notes: string[] = []) =>
  new Pool<Data, number>({ script, args, spec, note: text => void notes.push(text) })

t.test('two processes, outcomes in order, a death costs a try', async t => {
  const notes: string[] = []
  const pool = open([[], []], notes)
  t.teardown(() => pool.close())
  const outcomes = []
  for await (const { outcome } of inOrder(jobsOf([1, 'die', 2, 'fail', 3, 'nan']), pool)) {
    outcomes.push(outcome)
  }
  t.strictSame(
    outcomes.map(({ result }) => result),
    [2, null, 4, null, 6, Number.NaN],
  )
  t.match(outcomes[1]?.failure, { code: 'ERR_QUEUE', attempts: 2, message: /ended with SIGKILL/ })
  t.match(outcomes[3]?.failure, { code: 'ERR_CONTEXT_FULL', message: 'no', attempts: 2 })
  t.equal(notes.filter(text => /another one is started/.test(text)).length, 2)
})

t.test('a process of another model is refused, and the run with it', async t => {
  const pool = open([['other']])
  t.teardown(() => pool.close())
  const reading = async () => {
    for await (const _ of inOrder(jobsOf([1]), pool)) t.fail('it worked')
  }
  await t.rejects(reading(), {
    code: 'ERR_QUEUE',
    message: /model is "m" in the run and "other" here/,
  })
})

t.test('one that never becomes ready ends the run, and nothing stays behind', async t => {
  const pool = new Pool<Data, number>({
    ...{ script: `${script}.missing`, args: [[]], spec, note: () => {} },
  })
  await t.rejects(pool.do({ id: 'j', data: 1 }), { code: 'ERR_QUEUE', message: /code 1 before/ })
  await pool.close()
  await t.rejects(pool.do({ id: 'j', data: 1 }), { code: 'ERR_QUEUE' })
})
