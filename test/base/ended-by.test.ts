/** What ends a job is done in any case, and the first fault is told. */

import t from 'tap'
import { endedBy } from '../../dist/base/ended-by.js'

t.test('once, behind the job; of two faults the first is told', async t => {
  const done: string[] = []
  const job = async () => {
    done.push('job')
    return 7
  }
  const end = async () => {
    done.push('end')
  }
  const fails = (what: string) => async () => {
    done.push(what)
    throw new Error(what)
  }
  t.equal(await endedBy(end, job), 7)
  await t.rejects(endedBy(end, fails('the job')), { message: 'the job' })
  await t.rejects(endedBy(fails('the end'), fails('the job')), { message: 'the job' })
  await t.rejects(endedBy(fails('the end'), job), { message: 'the end' })
  const wanted = ['job', 'end', 'the job', 'end', 'the job', 'the end', 'job', 'the end']
  t.strictSame(done, wanted)
})
