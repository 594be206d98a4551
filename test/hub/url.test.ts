/** Models of plain addresses: fetched once, resumed only where the bytes are the same, compared with a hash where one is given. */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { resolveModelWith } from '../../dist/hub/resolve-model.js'
import { listModels } from '../../dist/index.js'
import { ggufBytes, type HubOptions, hubOptions } from '../support/hub-options.js'
import { MockHub, sha256 } from '../support/mock-hub.js'

const bytes = ggufBytes(80_000)

async function start(t: Test, content = bytes) {
  const mock = await MockHub.start()
  t.teardown(() => mock.stop())
  mock.add('some/place', { 'a.gguf': content })
  const options: HubOptions = { endpoint: 'http://127.0.0.1:1', folder: t.testdir({}) }
  return { mock, options, url: `${mock.url}/some/place/resolve/main/a.gguf` }
}

t.test('it comes once, is listed, and is asked for again only by update', async t => {
  const { mock, options, url } = await start(t)
  const model = await resolveModelWith(url, hubOptions(options))
  t.ok(readFileSync(model.path).equals(bytes))
  t.match(model, {
    from: 'url',
    repository: null,
    revision: null,
    bytes: bytes.length,
    files: [{ file: 'a.gguf', sha256: sha256(bytes) }],
  })
  mock.seen.length = 0
  t.equal((await resolveModelWith(url, hubOptions(options))).path, model.path)
  t.strictSame(mock.seen, [])
  t.equal((await resolveModelWith(url, hubOptions({ ...options, update: true }))).fetched, false)
  t.strictSame(mock.downloads, [])
  process.env.COT_PRUNE_CACHE = options.folder
  t.teardown(() => delete process.env.COT_PRUNE_CACHE)
  t.match(await listModels({ verify: true }), [
    { name: url, state: 'verified', bytes: bytes.length },
  ])
})

t.test('a hash that is given is what it must have', async t => {
  const { options, url } = await start(t)
  const good = await resolveModelWith(`${url}#sha256=${sha256(bytes)}`, hubOptions(options))
  t.ok(readFileSync(good.path).equals(bytes))
  const bad = resolveModelWith(`${url}#sha256=${'a'.repeat(64)}`, hubOptions(options))
  await t.rejects(bad, { code: 'ERR_HUB_DAMAGED', message: /its hash is/ })
  await t.rejects(resolveModelWith(`${url}#md5=1`, hubOptions(options)), { code: 'ERR_MODEL_NAME' })
})

t.test(
  'a part goes on where the version is the same, and begins anew where it is another',
  async t => {
    const { mock, options, url } = await start(t)
    const busy = { status: 503 }
    const broken = (n: number) => (n === 0 ? { cutAfter: 30_000 } : busy)
    mock.fault = broken
    await t.rejects(resolveModelWith(url, hubOptions(options)), { code: 'ERR_HUB_UNREACHABLE' })
    mock.fault = () => null
    const whole = await resolveModelWith(url, hubOptions(options))
    t.equal(mock.downloads.at(-1)?.range, 'bytes=30000-')
    t.ok(readFileSync(whole.path).equals(bytes))

    const other = await start(t)
    other.mock.fault = broken
    await t.rejects(resolveModelWith(other.url, hubOptions(other.options)), {
      code: 'ERR_HUB_UNREACHABLE',
    })
    other.mock.fault = () => null
    const next = ggufBytes(70_000, 9)
    other.mock.add('some/place', { 'a.gguf': next })
    const model = await resolveModelWith(other.url, hubOptions(other.options))
    t.equal(other.mock.downloads.at(-1)?.range, null)
    t.ok(readFileSync(model.path).equals(next))
  },
)

t.test('a server that says neither size nor version', async t => {
  const server = createServer((request, response) => {
    if (request.method === 'HEAD') response.writeHead(405).end()
    else {
      response.writeHead(200)
      response.write(bytes.subarray(0, 10_000))
      response.end(bytes.subarray(10_000))
    }
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const totals: (number | null)[] = []
  const options = { endpoint: 'http://127.0.0.1:1', folder: t.testdir({}) }
  const model = await resolveModelWith(
    `http://127.0.0.1:${port}/x?name=b.gguf`,
    hubOptions({ ...options, onPlan: ({ bytes, missing }) => void totals.push(bytes, missing) }),
  )
  t.strictSame(totals, [null, null])
  t.ok(readFileSync(model.path).equals(bytes))
})

t.test('parts of a split model lie together', async t => {
  const { mock, options } = await start(t)
  const names = [1, 2].map(i => `b-0000${i}-of-00002.gguf`)
  mock.add('some/split', Object.fromEntries(names.map((name, i) => [name, ggufBytes(5000, i + 1)])))
  const model = await resolveModelWith(
    `${mock.url}/some/split/resolve/main/${names[1]}`,
    hubOptions(options),
  )
  t.strictSame(
    model.files.map(({ file }) => file),
    names,
  )
  t.equal(model.bytes, 10_000)
})
