/** Layers in other processes: the same tokens and rows as here, from each of them. */

import t, { type Test } from 'tap'
import { native } from '../../dist/engine/native.js'
import type { NativeRows, NativeSample, SessionHandle } from '../../types/native.js'
import { openModelHandle, openSessionHandle } from '../support/addon.mjs'
import { type RunningRpcServer, startRpcServer } from '../support/rpc.mjs'
import { type TinyModelOptions, tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(120_000)

const addon = native()
const none = new Int32Array()
const servers: RunningRpcServer[] = await Promise.all([startRpcServer(), startRpcServer()])
t.teardown(() => Promise.all(servers.map(server => server.kill())))
const addresses = servers.map(({ address }) => address)

/** All rows of all heads one by one where `heads` are given, else their sum. */
const rowsOf = (
  session: SessionHandle,
  branch: number,
  tokens: Int32Array,
  layers: Int32Array,
  heads: Int32Array,
) => addon.sessionExtend(session, branch, tokens, true, 2, layers, heads, none)

interface Told {
  readonly devices: readonly string[]
  readonly summed: NativeRows | null
  readonly each: NativeRows | null
  readonly evicted: NativeRows | null
  readonly packed: NativeRows | null
  readonly values: Float32Array
  readonly samples: readonly NativeSample[]
  readonly onDevice: boolean
}

interface Place {
  readonly rpcServers?: readonly string[]
  readonly tensorSplit?: readonly number[]
  readonly flash: boolean
}

/** Everything that a session does, with its layers at `place`. */
async function tell(tiny: TinyModelOptions, { flash, ...place }: Place): Promise<Told> {
  const remote = place.rpcServers !== undefined
  const model = await openModelHandle(addon, tinyModel(tiny), {
    ...place,
    gpuLayers: remote ? 99 : 0,
  })
  const { layers: count, heads: headCount, layerDevices, attentionLayers } = addon.modelInfo(model)
  const session = await openSessionHandle(addon, model, {
    ...{ contextLength: 512, batchSize: 64, branches: 3, flashAttention: flash },
  })
  const text = await addon.modelTokenize(model, 'One and two are three, I think.', false, false)
  const layers = Int32Array.from({ length: count }, (_, layer) => layer)
  const heads = layers.map(layer => layer % headCount)
  const summed = await rowsOf(session, 0, text, none, none)
  const each = await rowsOf(session, 0, text.subarray(0, 9), layers, heads)
  await addon.sessionFork(session, 0, 1, text.length)
  await addon.sessionCut(session, 1, 5, 12)
  const evicted = await rowsOf(session, 1, text.subarray(3, 7), layers, heads)
  await addon.sessionDrop(session, 0)
  await addon.sessionCompact(session, 1)
  const packed = await rowsOf(session, 1, text.subarray(2, 4), layers, heads)
  const last = attentionLayers.at(-1) ?? 0
  const values = await addon.sessionValues(session, 1, last, 0, text.length)
  addon.sessionSampler(...[session, 1, 0, 0, 1, 0, 1, 0, 64, 1, []])
  const samples = await addon.sessionSample(
    ...[session, Int32Array.of(1), 12, true, layers, heads, none, -1],
  )
  const { samplesOnDevice: onDevice } = addon.sessionInfo(session)
  await addon.sessionClose(session)
  await addon.modelClose(model)
  return {
    ...{ devices: layerDevices, summed, each, evicted, packed, values, samples, onDevice },
  }
}

/** The largest difference; NaN where there is one. */
function difference(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || a.length === 0 || a.length !== b?.length) return Number.NaN
  return a.reduce((most, value, i) => {
    const own = Math.abs(value - (b[i] ?? Number.NaN))
    return own <= most ? most : own
  }, 0)
}

const total = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0)

function same(t: Test, here: Told, there: Told) {
  for (const name of ['summed', 'each', 'evicted', 'packed'] as const) {
    const [own, other] = [here[name], there[name]]
    t.ok(difference(own?.data, other?.data) <= 2e-4, `${name} rows`)
    t.strictSame(other?.capturedLayers, own?.capturedLayers)
  }
  t.ok(difference(here.values, there.values) <= 2e-3, 'cached values')
  const [own, other] = [here.samples[0], there.samples[0]]
  t.strictSame(other?.tokens, own?.tokens, 'greedy tokens')
  t.ok(difference(own?.logprobs, other?.logprobs) <= 2e-3)
  t.ok(difference(own?.rows?.data, other?.rows?.data) <= 2e-4, 'rows while it samples')
}

const families: readonly TinyModelOptions[] = [
  { arch: 'qwen2', layers: 4 },
  { arch: 'gemma3', layers: 6 },
]

for (const tiny of families) {
  for (const flash of [true, false]) {
    const title = `${tiny.arch}, flash ${flash}`
    t.test(`${title}: one server and two tell what this process tells`, async t => {
      const here = await tell(tiny, { flash })
      const [first] = addresses
      const one = await tell(tiny, { flash, rpcServers: addresses.slice(0, 1) })
      t.ok(
        one.devices.every(device => device.endsWith(` ${first}`)),
        `${one.devices}`,
      )
      same(t, here, one)
      t.equal(here.onDevice, false)
      t.equal(one.onDevice, true, 'logits are reduced where they are')
      const two = await tell(tiny, { flash, rpcServers: addresses, tensorSplit: [1, 1] })
      same(t, here, two)
    })
  }
}

t.test('heads of layers in both halves have rows', async t => {
  const two = await tell(
    { arch: 'qwen2', layers: 4 },
    { flash: true, rpcServers: addresses, tensorSplit: [3, 2] },
  )
  const at = addresses.map(address => two.devices.filter(device => device.endsWith(address)).length)
  t.strictSame(at, [3, 2], 'the output is with the last layers')
  const each = two.each
  if (each === null) return t.fail('no rows')
  for (let query = 0; query < each.queries; query++) {
    for (let row = 0; row < each.rows; row++) {
      const start = (query * each.rows + row) * each.length
      const sum = total(each.data.subarray(start, start + each.length))
      t.ok(Math.abs(sum - 1) < 1e-3, `layer ${row}, query ${query}: a softmax`)
    }
  }
})

t.test('the only device that is named has all layers', async t => {
  const [, second = ''] = addresses
  const control = addon.controlCreate()
  const model = await addon.modelOpen(
    ...[control, tinyModel({ layers: 4 }), 99, 1, new Float32Array(), true, 0, addresses, 60_000],
  )
  const { layerDevices, gpuLayers } = addon.modelInfo(model)
  t.equal(gpuLayers, 5)
  t.ok(
    layerDevices.every(device => device.endsWith(second)),
    `${layerDevices}`,
  )
  await addon.modelClose(model)
})

t.test('a server that is not there is an error of its own', async t => {
  const missing = openModelHandle(addon, tinyModel(), { rpcServers: ['127.0.0.1:1'] })
  const message = /the RPC server 127\.0\.0\.1:1: .*Failed to connect/
  await t.rejects(missing, { code: 'ERR_RPC_SERVER', message })
})
