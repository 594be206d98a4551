/** Who may have what: tokens, gates, names that are none, no network. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { resolveModelWith } from '../../dist/hub/resolve-model.js'
import { CotPruneError, type ErrorCode } from '../../dist/index.js'
import { ggufBytes, type HubOptions, hubOptions } from '../support/hub-options.js'
import { goodToken, MockHub } from '../support/mock-hub.js'

const bytes = ggufBytes(20_000)
const file = 'Small-Q4_K_M.gguf'

async function start(t: Test): Promise<{ mock: MockHub; options: HubOptions }> {
  const mock = await MockHub.start()
  t.teardown(() => mock.stop())
  mock.add('maker/small', { [file]: bytes })
  mock.add('maker/gated', { [file]: bytes }, { gated: true })
  return { mock, options: { endpoint: mock.url, folder: t.testdir({}) } }
}

const fault = (name: string, options: HubOptions): Promise<unknown> =>
  resolveModelWith(name, hubOptions(options)).then(
    () => null,
    (error: unknown) => error,
  )

async function fails(t: Test, name: string, options: HubOptions, code: ErrorCode, message: RegExp) {
  const error = await fault(name, options)
  t.ok(CotPruneError.is(error, code), `${name}: ${error}`)
  t.match(String(error), message, name)
}

t.test('the token goes to the hub, and not where it redirects to', async t => {
  const { mock, options } = await start(t)
  mock.redirect = true
  await resolveModelWith('hf:maker/gated:Q4_K_M', hubOptions({ ...options, token: goodToken }))
  const sent = (host: string) =>
    new Set(mock.seen.filter(seen => seen.host === host).map(seen => seen.authorization))
  t.strictSame([...sent('hub')], [`Bearer ${goodToken}`])
  t.strictSame([...sent('cdn')], [null])
})

t.test('another address never gets the token', async t => {
  const { mock, options } = await start(t)
  const other = await MockHub.start()
  t.teardown(() => other.stop())
  other.add('maker/small', { [file]: bytes })
  const url = `${other.url}/maker/small/resolve/main/${file}`
  await resolveModelWith(url, hubOptions({ ...options, token: goodToken }))
  t.ok(other.downloads.length > 0)
  t.strictSame([...new Set(other.seen.map(seen => seen.authorization))], [null])
  t.strictSame(mock.seen, [])
})

t.test('a gated model says what to do, with and without a token', async t => {
  const { mock, options } = await start(t)
  const page = `${mock.url}/maker/gated`
  const steps = new RegExp(
    `it is gated: open ${page} and accept its terms, .*settings/tokens in HF_TOKEN`,
  )
  await fails(t, 'hf:maker/gated:Q4_K_M', options, 'ERR_HUB_ACCESS', steps)
  await fails(t, 'hf:maker/gated:Q4_K_M', options, 'ERR_HUB_ACCESS', /no token was sent/)
  const poor = { ...options, token: 'hf_poor' }
  await fails(
    t,
    'hf:maker/gated:Q4_K_M',
    poor,
    'ERR_HUB_ACCESS',
    /token that was sent does not allow it/,
  )
})

t.test('a token that can be none is said, and not shown', async t => {
  const { mock, options } = await start(t)
  const error = await fault('hf:maker/small', { ...options, token: 'hf_sécret x' })
  t.match(String(error), /characters that no token has/)
  t.notMatch(String(error), /hf_s/)
  t.strictSame(mock.seen, [])
})

t.test('names that are not there', async t => {
  const { options } = await start(t)
  await fails(
    t,
    'hf:maker/none:Q4_K_M',
    options,
    'ERR_HUB_ACCESS',
    /no such repository, or it is private/,
  )
  await fails(t, 'hf:maker/small:Q4_K_M#v9', options, 'ERR_HUB_NOT_FOUND', /no such revision/)
  await fails(
    t,
    'hf:maker/small:Q5_K_M',
    options,
    'ERR_HUB_NOT_FOUND',
    /no Q5_K_M; there are Small-Q4_K_M\.gguf/,
  )
  await fails(
    t,
    'hf:maker/small/x.gguf',
    options,
    'ERR_HUB_NOT_FOUND',
    /has no x\.gguf; there are Small-Q4_K_M\.gguf/,
  )
  await fails(
    t,
    'small',
    options,
    'ERR_MODEL_NOT_FOUND',
    /short names are embedded, .*r1-qwen-1\.5b/,
  )
  await fails(
    t,
    'maker/small',
    options,
    'ERR_MODEL_NOT_FOUND',
    /on the hub it would be hf:maker\/small/,
  )
  await fails(t, './none.gguf', options, 'ERR_MODEL_NOT_FOUND', /there is no file .*none\.gguf/)
  t.notOk(existsSync(join(options.folder, 'hub')), 'nothing is made for them')
})

t.test('offline nobody is asked: what is there is taken, what is not is said', async t => {
  const { mock, options } = await start(t)
  const offline = { ...options, offline: true }
  await fails(t, 'hf:maker/small', offline, 'ERR_HUB_OFFLINE', /HF_HUB_OFFLINE forbids/)
  await fails(t, 'https://localhost:1/a.gguf', offline, 'ERR_HUB_OFFLINE', /HF_HUB_OFFLINE forbids/)
  t.strictSame(mock.seen, [])
  const { path } = await resolveModelWith('hf:maker/small', hubOptions(options))
  mock.seen.length = 0
  const again = await resolveModelWith('hf:maker/small', hubOptions({ ...offline, update: true }))
  t.equal(again.path, path)
  t.strictSame(mock.seen, [])
})

t.test('without a network what is there is taken, also where the hub would be asked', async t => {
  const { mock, options } = await start(t)
  // without a quantisation, and none that is certain: the hub is asked what there is
  mock.add('maker/eight', { 'Eight-Q8_0.gguf': bytes })
  const { path } = await resolveModelWith('hf:maker/eight', hubOptions(options))
  mock.apiFault = () => ({ status: 503 })
  const again = await resolveModelWith('hf:maker/eight', hubOptions(options))
  t.equal(again.path, path)
  await fails(t, 'hf:maker/eight', { ...options, update: true }, 'ERR_HUB_UNREACHABLE', /503/)
})

t.test('statuses of a file say what they mean', async t => {
  const { mock, options } = await start(t)
  const cases: readonly (readonly [number, ErrorCode])[] = [
    [401, 'ERR_HUB_ACCESS'],
    [403, 'ERR_HUB_ACCESS'],
    [404, 'ERR_HUB_NOT_FOUND'],
    [429, 'ERR_HUB_UNREACHABLE'],
    [500, 'ERR_HUB_UNREACHABLE'],
    [503, 'ERR_HUB_UNREACHABLE'],
  ]
  for (const [status, code] of cases) {
    mock.fault = () => ({ status })
    await fails(t, 'hf:maker/small', options, code, new RegExp(`answers ${status}`))
  }
  mock.fault = () => ({
    status: 302,
    headers: { location: '/maker/small/resolve/main/Small-Q4_K_M.gguf' },
  })
  await fails(t, 'hf:maker/small', options, 'ERR_HUB_UNREACHABLE', /redirects to nowhere/)
})

t.test('a hub that cannot be reached, or answers something else', async t => {
  const { mock, options } = await start(t)
  const nobody = { ...options, endpoint: 'http://127.0.0.1:1' }
  await fails(
    t,
    'hf:maker/small',
    nobody,
    'ERR_HUB_UNREACHABLE',
    /127\.0\.0\.1:1 cannot be reached: .*3 attempts/,
  )
  mock.apiFault = () => ({ status: 418 })
  await fails(t, 'hf:maker/small', options, 'ERR_HUB_NOT_FOUND', /answers 418/)
})
