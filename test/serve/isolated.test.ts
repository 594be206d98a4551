/** A served model in a process of its own: its end is that of what runs, and the next request has it again. */

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { resolveServeOptions } from '../../dist/serve/options.js'
import { HostedModel } from '../../dist/serve/run/hosted-model.js'
import { reasonerPath } from '../support/reasoner.js'

t.test('it is loaded again, once, for whoever asks next', async t => {
  const options = resolveServeOptions({
    models: [{ path: reasonerPath, options: { isolate: true } }],
    ...{ contextLength: 512, threads: 1, parallel: 2 },
  })
  const [own] = options.models
  if (own === undefined) throw new Error('no model')
  const host = new HostedModel(own, options)
  t.teardown(() => host.close())

  const write = async () =>
    (await host.batch()).generate('a', { maxTokens: 400, temperature: 1 }).finish()
  const first = await host.model()
  const { pid } = (await host.solo()).info
  const running = [write(), write(), write()].map(each =>
    each.catch((error: unknown) =>
      error instanceof Error && 'code' in error ? error.code : error,
    ),
  )
  await sleep(30)
  t.equal(first.lost, false)
  process.kill(pid, 'SIGKILL')
  t.strictSame(await Promise.all(running), Array(3).fill('ERR_ISOLATED_EXIT'))
  t.equal(first.lost, true)

  const again = await Promise.all([host.model(), host.model(), host.model()])
  t.equal(new Set(again).size, 1, 'it is loaded once')
  t.not(again[0], first)
  t.equal((await write()).tokens.length > 0, true)
  const { info } = await host.solo()
  t.equal(info.isolated, true)
  t.not(info.pid, pid)
})
