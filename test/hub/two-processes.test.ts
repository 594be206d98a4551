/** Several processes and one file: one fetches it, the others wait; one that is killed stops nobody, and its bytes count. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { withLock } from '../../dist/base/lock.js'
import { ggufBytes, hubVariables } from '../support/hub-options.js'
import { type Fault, MockHub, sha256 } from '../support/mock-hub.js'

const child = fileURLToPath(new URL('../support/resolve-child.mjs', import.meta.url))
const bytes = ggufBytes(200_000)
const name = 'hf:maker/small:Q4_K_M'

async function start(t: Test, first: Fault) {
  const mock = await MockHub.start()
  t.teardown(() => mock.stop())
  mock.add('maker/small', { 'Small-Q4_K_M.gguf': bytes })
  mock.fault = n => (n === 0 ? first : null)
  return { mock, folder: t.testdir({}) }
}

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly last: unknown }>
  /** A line of its output. */
  line(test: RegExp): Promise<void>
}

function run(mock: MockHub, folder: string): Running {
  const started = spawn(process.execPath, [child, name], {
    env: { ...process.env, ...hubVariables(mock.url, folder) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const waiting = new Set<() => void>()
  started.stdout.on('data', data => {
    output += data
    for (const look of waiting) look()
  })
  return {
    child: started,
    ended: new Promise(done => {
      started.on('close', code => {
        const last = output.trim().split('\n').at(-1) ?? ''
        done({ code, last: last === '' ? null : JSON.parse(last) })
      })
    }),
    line: test =>
      new Promise(done => {
        const look = () => {
          if (!test.test(output)) return
          waiting.delete(look)
          done()
        }
        waiting.add(look)
        look()
      }),
  }
}

const blobs = (folder: string) => join(folder, 'hub', 'models--maker--small', 'blobs')
const part = (folder: string) => join(blobs(folder), `${sha256(bytes)}.cot-prune.incomplete`)
const locks = (folder: string) => join(folder, 'hub', '.locks', 'models--maker--small')

/** Until the part has so many bytes. */
async function grown(folder: string, size: number): Promise<void> {
  while (!existsSync(part(folder)) || statSync(part(folder)).size < size) {
    await new Promise(done => setTimeout(done, 10))
  }
}

t.test('one fetches, the other waits, and both have it', async t => {
  let go = () => {}
  const until = new Promise<void>(done => {
    go = done
  })
  const { mock, folder } = await start(t, { holdAfter: 100_000, until })
  const first = run(mock, folder)
  await grown(folder, 100_000)
  const second = run(mock, folder)
  await second.line(/waiting/)
  go()
  const [one, two] = await Promise.all([first.ended, second.ended])
  t.match(one, { code: 0, last: { fetched: true } })
  t.match(two, { code: 0, last: { path: String } })
  t.equal(mock.downloads.length, 1, 'the bytes came once')
  t.strictSame(readdirSync(blobs(folder)), [sha256(bytes)])
  t.strictSame(readdirSync(locks(folder)), [])
})

t.test('one is killed: the next takes over at once, where it was', async t => {
  const { mock, folder } = await start(t, { holdAfter: 120_000, until: new Promise(() => {}) })
  const first = run(mock, folder)
  await grown(folder, 120_000)
  first.child.kill('SIGKILL')
  await first.ended
  t.equal(readdirSync(locks(folder)).length, 1, 'its lock is left')
  const { code } = await run(mock, folder).ended
  t.equal(code, 0)
  t.equal(mock.downloads.at(-1)?.range, 'bytes=120000-')
  t.ok(readFileSync(join(blobs(folder), sha256(bytes))).equals(bytes))
  t.strictSame(readdirSync(locks(folder)), [])
})

t.test('one is killed while another waits: that one takes over', async t => {
  const { mock, folder } = await start(t, { holdAfter: 90_000, until: new Promise(() => {}) })
  const first = run(mock, folder)
  await grown(folder, 90_000)
  const second = run(mock, folder)
  await second.line(/waiting/)
  first.child.kill('SIGKILL')
  t.match(await second.ended, { code: 0, last: { fetched: true } })
  t.equal(mock.downloads.at(-1)?.range, 'bytes=90000-')
})

const pace = { beat: 20, look: 5, stale: 200 }

t.test('a lock that nobody touches is nobody’s, also of another machine', async t => {
  const path = join(t.testdir({}), 'locks', 'x.lock')
  await mkdir(dirname(path))
  writeFileSync(path, `${process.pid} another-machine 1`)
  let waits = 0
  const done = await withLock(
    path,
    { signal: null, pace, onWait: () => waits++ },
    async () => 'done',
  )
  t.equal(done, 'done')
  t.ok(waits > 3)
  t.notOk(existsSync(path))
})

t.test('a lock of a live process holds as long as it is touched, whatever it takes', async t => {
  const path = join(t.testdir({}), 'x.lock')
  const order: string[] = []
  let begin = () => {}
  const begun = new Promise<void>(done => {
    begin = done
  })
  const first = withLock(path, { signal: null, pace }, async () => {
    begin()
    await new Promise(done => setTimeout(done, 700))
    order.push('first')
  })
  await begun
  const second = withLock(path, { signal: null, pace }, async () => {
    order.push('second')
  })
  await Promise.all([first, second])
  t.strictSame(order, ['first', 'second'])
})

t.test(
  'who would rather be refused is, by a live process, and takes over from a dead one',
  async t => {
    const path = join(t.testdir({}), 'x.lock')
    const error = new Error('taken')
    const waiting = { signal: null, pace: { ...pace, stale: 60_000 }, refuse: () => error }
    await withLock(path, { signal: null, pace }, async () => {
      await t.rejects(
        withLock(path, waiting, async () => t.fail('never')),
        error,
      )
    })
    writeFileSync(path, `999999999 ${hostname()} 1`)
    t.equal(await withLock(path, waiting, async () => 'done'), 'done')
  },
)

t.test('many at once: never two inside', async t => {
  const path = join(t.testdir({}), 'x.lock')
  // left by a process that is gone
  writeFileSync(path, `999999999 ${hostname()} 1`)
  let [inside, most] = [0, 0]
  await Promise.all(
    Array.from({ length: 12 }, () =>
      withLock(path, { signal: null, pace: { ...pace, stale: 60_000 } }, async () => {
        most = Math.max(most, ++inside)
        await new Promise(done => setTimeout(done, 3))
        inside--
      }),
    ),
  )
  t.equal(most, 1)
  t.strictSame(readdirSync(dirname(path)), [])
})

t.test('who waits can be told to stop', async t => {
  const path = join(t.testdir({}), 'x.lock')
  const reason = new Error('enough')
  const controller = new AbortController()
  await withLock(path, { signal: null, pace }, async () => {
    const job = withLock(path, { signal: controller.signal, pace }, async () => t.fail('never'))
    controller.abort(reason)
    t.equal(await job.catch((error: unknown) => error), reason)
  })
})
