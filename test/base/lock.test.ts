/** Who holds a lock, and whether he still lives: a killed process stops nobody, a stopped one is not dead. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { holderOf, holderText, lifeOf, markOfThis } from '../../dist/base/holder.js'
import { takeLock } from '../../dist/base/lock.js'
import { onlyWriter } from '../../dist/base/only-writer.js'

const linux = process.platform === 'linux'
/** No test here may wait for a lock to become old. */
const pace = { beat: 20, look: 5, stale: 600_000 }

t.test('a mark says process, machine and time, also one of an older version', async t => {
  const holder = holderOf(await markOfThis('id'))
  t.match(holder, { pid: process.pid, host: hostname(), since: /^20.*Z$/ })
  t.strictSame(holderOf('12 host id'), { pid: 12, host: 'host', since: null, birth: null })
  for (const none of [null, '', 'x', '12', '-1 host', '1e3 host']) t.equal(holderOf(none), null)
  t.equal(holderText({ pid: 1, host: 'h', since: null, birth: null }), 'process 1 on h')
  t.equal(
    holderText({ pid: 1, host: 'h', since: '2026', birth: null }),
    'process 1 on h since 2026',
  )
})

t.test('whether it lives: also where its number is given again', { skip: !linux }, async t => {
  const own = holderOf(await markOfThis('id'))
  if (own === null) throw new Error('no holder')
  const [began, space] = own.birth?.split('@') ?? []
  t.equal(await lifeOf(own), 'alive')
  t.equal(await lifeOf({ ...own, birth: `${Number(began) - 1}@${space}` }), 'dead')
  t.equal(await lifeOf({ ...own, pid: 2 ** 30 }), 'dead')
  t.equal(await lifeOf({ ...own, birth: null }), 'unknown')
  t.equal(await lifeOf({ ...own, birth: `${began}@1` }), 'unknown', 'of another container')
  t.equal(await lifeOf({ ...own, host: `${own.host}-other` }), 'unknown')
})

/** A process that takes a lock and keeps it; what it wrote is in `mark`. */
async function holding(path: string) {
  const lock = new URL('../../dist/base/lock.js', import.meta.url).href
  const code = `const { takeLock } = await import('${lock}')
    await takeLock(${JSON.stringify(path)}, { signal: null })
    process.stdout.write('taken')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code])
  await once(child.stdout, 'data')
  return child
}

t.test('a lock of a live process is told at once, of a killed one it is taken', async t => {
  const folder = t.testdir()
  const path = join(folder, 'x.lock')
  const child = await holding(path)
  const written = { path: 'the results', lock: path }
  const refusal = {
    code: 'ERR_RESULTS',
    message: new RegExp(`^the results is being written by process ${child.pid} on ${hostname()}`),
  }
  await t.rejects(onlyWriter(written), refusal)
  if (linux) {
    child.kill('SIGSTOP')
    // nobody touches it, and yet it is no one else's
    const waiting = { signal: null, pace: { beat: 20, look: 5, stale: 1 } }
    await t.rejects(takeLock(path, { ...waiting, refuse: () => new Error('taken') }), {
      message: 'taken',
    })
    await t.rejects(onlyWriter(written), refusal)
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await takeLock(path, { signal: null, pace })
  await lock.release()
  t.strictSame(readdirSync(folder), [])
})

t.test('a killed process that nobody has waited for is dead, too', { skip: !linux }, async t => {
  const path = join(t.testdir(), 'x.lock')
  // a shell that is replaced by one that waits for no child
  const child = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 30'])
  const [pid] = await once(child.stdout, 'data')
  const number = Number(String(pid).trim())
  const stat = () => readFileSync(`/proc/${number}/stat`, 'utf8')
  while (!stat().includes(') Z ')) await new Promise(done => setTimeout(done, 5))
  const own = await markOfThis('id')
  const space = own.split('@')[1]?.split(' ')[0]
  writeFileSync(path, `${number} ${hostname()} id 5@${space} 2026-01-01T00:00:00.000Z`)
  const lock = await takeLock(path, { signal: null, pace })
  await lock.release()
  child.kill('SIGKILL')
})

t.test('a lock of another machine is refused by its name while it is touched', async t => {
  const path = join(t.testdir(), 'x.lock')
  const mark = `7 elsewhere id 5@6 2026-01-01T00:00:00.000Z`
  writeFileSync(path, mark)
  const touching = setInterval(() => writeFileSync(path, mark), 10)
  await t.rejects(onlyWriter({ path: 'out', lock: path }), {
    code: 'ERR_RESULTS',
    message:
      /^out is being written by process 7 on elsewhere since 2026-01-01T00:00:00\.000Z; wait/,
  })
  clearInterval(touching)
  const controller = new AbortController()
  const reason = new Error('enough')
  const waiting = onlyWriter({ path: 'out', lock: path, signal: controller.signal })
  controller.abort(reason)
  t.equal(await waiting.catch((error: unknown) => error), reason)
  t.ok(existsSync(path), 'and is left as it is')
})
