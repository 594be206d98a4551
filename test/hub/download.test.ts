/** A file comes whole, with the hub's hash, or not at all, whatever the network does. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { resolveModelWith } from '../../dist/hub/resolve-model.js'
import {
  CotPruneError,
  type DownloadPlan,
  type DownloadProgress,
  type ErrorCode,
} from '../../dist/index.js'
import { ggufBytes, type HubOptions, hubOptions } from '../support/hub-options.js'
import { type Fault, MockHub, sha256 } from '../support/mock-hub.js'

const bytes = ggufBytes(300_000)
const repository = 'maker/Small-GGUF'
const file = 'Small-Q4_K_M.gguf'
const name = `hf:${repository}:Q4_K_M`

async function withHub(
  t: Test,
  faults: readonly (Fault | null)[] = [],
): Promise<{ mock: MockHub; folder: string; commit: string }> {
  const mock = await MockHub.start()
  t.teardown(() => mock.stop())
  mock.fault = n => faults[n] ?? null
  const commit = mock.add(
    repository,
    { [file]: bytes, 'README.md': new Uint8Array(5) },
    { licence: 'mit' },
  )
  return { mock, folder: t.testdir({}), commit }
}

const blobs = (folder: string) => join(folder, 'hub', 'models--maker--Small-GGUF', 'blobs')

async function fails(
  t: Test,
  job: Promise<unknown>,
  code: ErrorCode,
  message: RegExp,
): Promise<void> {
  const error = await job.then(
    () => null,
    (reason: unknown) => reason,
  )
  t.ok(CotPruneError.is(error, code), String(error))
  t.match(String(error), message)
}

t.test('a file lies where Python looks for it, and what came is said', async t => {
  const { mock, folder, commit } = await withHub(t)
  const plans: DownloadPlan[] = []
  const told: DownloadProgress[] = []
  const options: HubOptions = {
    endpoint: mock.url,
    folder,
    onPlan: plan => {
      plans.push(plan)
      t.equal(mock.downloads.length, 0, 'before the first byte')
    },
    onProgress: progress => told.push(progress),
  }
  const model = await resolveModelWith(name, hubOptions(options))
  const root = join(folder, 'hub', 'models--maker--Small-GGUF')
  t.equal(model.path, join(root, 'snapshots', commit, file))
  t.equal(readFileSync(join(root, 'refs', 'main'), 'utf8'), commit)
  t.strictSame(readdirSync(blobs(folder)), [sha256(bytes)])
  t.ok(readFileSync(model.path).equals(bytes))
  t.match(model, {
    from: 'hub',
    repository,
    revision: commit,
    bytes: bytes.length,
    fetched: true,
    files: [{ file, bytes: bytes.length, sha256: sha256(bytes) }],
  })
  t.match(plans, [
    {
      name,
      repository,
      revision: commit,
      licence: 'mit',
      bytes: bytes.length,
      missing: bytes.length,
    },
  ])
  t.equal(told.at(-1)?.done, bytes.length)
  t.equal(told.at(-1)?.total, bytes.length)
})

t.test('what is there is taken without a word to anybody', async t => {
  const { mock, folder } = await withHub(t)
  const options = { endpoint: mock.url, folder }
  const first = await resolveModelWith(name, hubOptions(options))
  mock.seen.length = 0
  const onPlan = () => {
    t.fail('nothing is fetched')
  }
  for (const again of [
    name,
    `hf:${repository}`,
    `hf:${repository}/${file}`,
    `${mock.url}/${repository}/blob/main/${file}`,
  ]) {
    const { path, fetched } = await resolveModelWith(again, hubOptions({ ...options, onPlan }))
    t.equal(path, first.path, again)
    t.equal(fetched, false)
  }
  t.strictSame(mock.seen, [])
})

t.test('a connection that breaks is taken up where it broke', async t => {
  const { mock, folder } = await withHub(t, [{ cutAfter: 100_000 }, { cutAfter: 50_000 }])
  const { path } = await resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
  t.ok(readFileSync(path).equals(bytes))
  t.strictSame(
    mock.downloads.map(({ range }) => range),
    [null, 'bytes=100000-', 'bytes=150000-'],
  )
})

t.test('an answer that ends early without a fault is taken up, too', async t => {
  const { mock, folder } = await withHub(t, [{ endAfter: 120_000 }])
  const { path } = await resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
  t.ok(readFileSync(path).equals(bytes))
  t.equal(mock.downloads[1]?.range, 'bytes=120000-')
})

t.test('progress counts as success: more breaks than attempts are no end', async t => {
  const { mock, folder } = await withHub(
    t,
    Array.from({ length: 8 }, () => ({ cutAfter: 20_000 })),
  )
  const { path } = await resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
  t.ok(readFileSync(path).equals(bytes))
})

t.test('servers that ignore a range, or answer with another one, give no wrong bytes', async t => {
  for (const second of [{ ignoreRange: true }, { otherRange: 7 }] as const) {
    const { mock, folder } = await withHub(t, [{ cutAfter: 100_000 }, second])
    const { path } = await resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
    t.ok(readFileSync(path).equals(bytes))
  }
})

t.test('a server without bytes behind those that are here sends all of them', async t => {
  const { mock, folder } = await withHub(t, [{ cutAfter: 100_000 }, { status: 416 }])
  const { path } = await resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
  t.ok(readFileSync(path).equals(bytes))
  t.equal(mock.downloads.at(-1)?.range, null)
})

t.test('busy servers are asked again, after the pause that they ask for', async t => {
  const busy = [429, 500, 503].map(status => ({ status, headers: { 'retry-after': '0' } }))
  const date = { status: 429, headers: { 'retry-after': new Date(0).toUTCString() } }
  const { mock, folder } = await withHub(t, [busy[0] ?? null, date])
  await resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
  t.equal(mock.downloads.length, 3)
  const other = await withHub(t)
  other.mock.apiFault = n => (n < 2 ? { status: 503 } : null)
  t.equal(
    (await resolveModelWith(name, hubOptions({ endpoint: other.mock.url, folder: other.folder })))
      .fetched,
    true,
  )
})

t.test('where nothing helps the error says what was tried, and the part stays', async t => {
  const { mock, folder } = await withHub(t, [
    { cutAfter: 100_000 },
    ...Array.from({ length: 9 }, () => ({ status: 503 })),
  ])
  const options = hubOptions({ endpoint: mock.url, folder })
  await fails(
    t,
    resolveModelWith(name, options),
    'ERR_HUB_UNREACHABLE',
    /answers 503 .*3 attempts.*try again/,
  )
  t.strictSame(readdirSync(blobs(folder)), [`${sha256(bytes)}.cot-prune.incomplete`])
  mock.fault = () => ({ status: 429, headers: { 'retry-after': '3600' } })
  await fails(t, resolveModelWith(name, options), 'ERR_HUB_UNREACHABLE', /asks to wait 3600 s/)
  mock.fault = () => null
  const plans: DownloadPlan[] = []
  await resolveModelWith(
    name,
    hubOptions({
      endpoint: mock.url,
      folder,
      onPlan: plan => {
        plans.push(plan)
      },
    }),
  )
  t.equal(plans[0]?.missing, bytes.length - 100_000)
  t.equal(mock.downloads.at(-1)?.range, 'bytes=100000-')
})

t.test('a silent connection is given up', async t => {
  const { mock, folder } = await withHub(t, [{ holdAfter: 90_000, until: new Promise(() => {}) }])
  const { path } = await resolveModelWith(
    name,
    hubOptions({ endpoint: mock.url, folder, silence: 200 }),
  )
  t.ok(readFileSync(path).equals(bytes))
  t.equal(mock.downloads[1]?.range, 'bytes=90000-')
})

t.test('wrong bytes get no name: thrown away, once more, then said', async t => {
  const wrong = { bytes: ggufBytes(bytes.length, 2) }
  const once = await withHub(t, [wrong])
  const { path } = await resolveModelWith(
    name,
    hubOptions({ endpoint: once.mock.url, folder: once.folder }),
  )
  t.ok(readFileSync(path).equals(bytes))
  const always = await withHub(t, [wrong, wrong])
  const job = resolveModelWith(
    name,
    hubOptions({ endpoint: always.mock.url, folder: always.folder }),
  )
  await fails(
    t,
    job,
    'ERR_HUB_DAMAGED',
    new RegExp(`hash is ${sha256(wrong.bytes)}, not ${sha256(bytes)}, twice`),
  )
  t.strictSame(readdirSync(blobs(always.folder)), [])
  t.notOk(existsSync(join(blobs(always.folder), '..', 'snapshots')))
})

t.test('a part of other bytes, or that is too long, does no harm', async t => {
  for (const length of [1000, bytes.length, bytes.length + 5]) {
    const { mock, folder } = await withHub(t)
    mkdirSync(blobs(folder), { recursive: true })
    writeFileSync(
      join(blobs(folder), `${sha256(bytes)}.cot-prune.incomplete`),
      ggufBytes(length, 3),
    )
    const { path } = await resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
    t.ok(readFileSync(path).equals(bytes), `${length} bytes`)
  }
})

t.test('a file of another size than the hub says is refused at once', async t => {
  const { mock, folder } = await withHub(t, [{ bytes: ggufBytes(1234) }])
  const job = resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
  await fails(t, job, 'ERR_HUB_DAMAGED', /has 1234 bytes, and the hub says 300000/)
})

t.test('an abort ends with its own reason, and leaves what has come', async t => {
  const reason = new Error('enough')
  const { mock, folder } = await withHub(t, [{ holdAfter: 150_000, until: new Promise(() => {}) }])
  const controller = new AbortController()
  const job = resolveModelWith(
    name,
    hubOptions({
      endpoint: mock.url,
      folder,
      signal: controller.signal,
    }),
  )
  setTimeout(() => controller.abort(reason), 300)
  t.equal(await job.catch((error: unknown) => error), reason)
  const aborted = hubOptions({ endpoint: mock.url, folder, signal: AbortSignal.abort(reason) })
  t.equal(await resolveModelWith(name, aborted).catch((error: unknown) => error), reason)
  const locks = join(folder, 'hub', '.locks', 'models--maker--Small-GGUF')
  t.strictSame(readdirSync(locks), [], 'no lock stays')
  await resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
  t.match(mock.downloads.at(-1)?.range, /^bytes=[1-9]\d*-$/)
})

t.test('what onPlan throws ends it before the first byte', async t => {
  const { mock, folder } = await withHub(t)
  const fault = new Error('too large')
  const onPlan = async () => {
    throw fault
  }
  t.equal(
    await resolveModelWith(name, hubOptions({ endpoint: mock.url, folder, onPlan })).catch(
      (error: unknown) => error,
    ),
    fault,
  )
  t.equal(mock.downloads.length, 0)
})

t.test('a folder that cannot be written is said', async t => {
  const { mock } = await withHub(t)
  const folder = join(t.testdir({ file: 'no folder' }), 'file')
  const job = resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
  await fails(t, job, 'ERR_DISK_FULL', /nothing can be written into .*HF_HUB_CACHE/)
})

t.test('a disk without room is said before the first byte', async t => {
  const { mock, folder } = await withHub(t)
  mock.add(repository, { [file]: bytes }, { sizes: { [file]: 2 ** 50 } })
  const job = resolveModelWith(name, hubOptions({ endpoint: mock.url, folder }))
  await fails(t, job, 'ERR_DISK_FULL', /1126 TB are to come into .* are free there.*HF_HUB_CACHE/)
  t.equal(mock.downloads.length, 0)
})
