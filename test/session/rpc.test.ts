/** A model whose layers are in other processes, as users hold it: where it is, what it tells, and the loss of a server. */

import t from 'tap'
import { askRpcServer } from '../../dist/engine/rpc-servers.js'
import { embeddedModel, loadModel, segment } from '../../dist/index.js'
import { problemMessages } from '../support/reasoner.js'
import { startRpcServer } from '../support/rpc.mjs'

t.setTimeout(120_000)

const { model: path } = await embeddedModel()
const [messages = []] = await problemMessages(1)
const greedy = { temperature: 0, maxTokens: 60 }

t.test('a server that is lost is a typed error, and the next model works', async t => {
  const lost = await startRpcServer()
  const stays = await startRpcServer()
  t.teardown(() => Promise.all([lost.kill(), stays.kill()]))
  const rpcServers = [stays.address, lost.address]
  const options = { rpcServers, tensorSplit: [1, 1], gpuLayers: 99 }

  const model = await loadModel(path, options)
  const { layerDevices, layers } = model.info
  t.equal(layerDevices.length, layers + 1)
  for (const address of rpcServers) {
    t.ok(
      layerDevices.some(device => device.endsWith(` ${address}`)),
      `${layerDevices}`,
    )
  }
  const session = await model.createSession({ threads: 1 })
  t.equal(session.info.isolated, true)
  const scored = await session.scoreSteps(
    segment(await session.generate(messages, greedy).finish()),
  )
  t.ok(scored.scores.every(score => score > 0))

  const wanted = {
    name: 'CotPruneError',
    code: 'ERR_RPC_SERVER',
    message: new RegExp(`RPC server ${lost.address} was lost in the middle of session`),
  }
  const running = session.generate(messages, { temperature: 0, maxTokens: 2000, stop: [] })
  let chunks = 0
  const until = async () => {
    for await (const _ of running) if (chunks++ === 0) await lost.kill()
    await session.generate(messages, greedy).finish()
  }
  await t.rejects(until(), wanted)
  t.ok(chunks > 0, 'in the middle')
  t.equal(model.lost, true)
  await t.rejects(session.generate(messages, greedy).finish(), { code: 'ERR_RPC_SERVER' })
  await model.close()
  const refused = { code: 'ERR_RPC_SERVER', message: /cannot be reached \(ECONNREFUSED\)/ }
  await t.rejects(loadModel(path, options), refused)

  const back = await startRpcServer({ port: lost.port })
  t.teardown(() => back.kill())
  const again = await loadModel(path, options)
  const next = await again.createSession({ threads: 1 })
  const trace = await next.generate(messages, greedy).finish()
  t.equal(trace.text, scored.text)
  await again.close()
})

t.test('a server serves one model at a time, and says so', async t => {
  const server = await startRpcServer()
  t.teardown(() => server.kill())
  const options = { rpcServers: [server.address], gpuLayers: 99 }
  const model = await loadModel(path, options)
  const busy = { code: 'ERR_RPC_SERVER', message: /silent for 0\.3 s: it serves another client/ }
  await t.rejects(askRpcServer(server.address, null, 300), busy)
  await model.close()
  const next = await loadModel(path, options)
  await next.close()
})
