// @ts-check
/**
 * node bench/serve-load.mjs [--clients 8] [--seconds 120] [--parallel 4] [--queue 4] [--threads N] [--model FILE]
 * So many clients ask the server without a pause, each as soon as it is answered: how many answers and 429s, and how late
 * the server's event loop was. The server is a process of its own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openDataset } from '../dist/experiment/index.js'
import { embeddedModel } from '../dist/index.js'

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '120' },
    parallel: { type: 'string', default: '4' },
    queue: { type: 'string', default: '4' },
    threads: { type: 'string' },
    model: { type: 'string' },
    server: { type: 'boolean', default: false },
  },
})

if (values.server) await beServer()
else await beClients()

async function beServer() {
  const { serve } = await import('../dist/serve/index.js')
  const path = values.model ?? (await embeddedModel()).model
  const { parallel, queue, threads } = values
  const server = await serve({
    models: [path],
    token: null,
    parallel: Number(parallel),
    queue: Number(queue),
    threads: threads === undefined ? undefined : Number(threads),
  })
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  console.log(JSON.stringify({ apiUrl: server.apiUrl }))
  process.once('SIGTERM', async () => {
    delay.disable()
    const millis = (/** @type {number} */ percent) => delay.percentile(percent) / 1e6
    const rssMb = process.memoryUsage().rss / 2 ** 20
    const began = performance.now()
    await server.close()
    const closedMillis = performance.now() - began
    console.log(
      JSON.stringify({
        p50: millis(50),
        p99: millis(99),
        max: delay.max / 1e6,
        rssMb,
        closedMillis,
      }),
    )
  })
}

async function beClients() {
  const { problems } = await openDataset('embedded')
  const args = process.argv.slice(2)
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args, '--server'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { apiUrl } = JSON.parse((await lines.next()).value)
  const counts = { answered: 0, refused: 0, failed: 0, tokens: 0 }
  /** @type {number[]} */
  const seconds = []
  const end = performance.now() + 1000 * Number(values.seconds)

  /** @param {number} client */
  const ask = async client => {
    for (let i = client; performance.now() < end; i += Number(values.clients)) {
      const content = problems[i % problems.length]?.problem
      const began = performance.now()
      const stream = i % 2 === 0
      const response = await fetch(`${apiUrl}/chat/completions`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          messages: [{ role: 'user', content }],
          max_tokens: 1000,
          stream,
          ...(stream && { stream_options: { include_usage: true } }),
        }),
      }).catch(() => null)
      const text = await response?.text().catch(() => null)
      if (response?.status === 429) {
        counts.refused++
        // a client that reads its headers; shortened, since so are the answers
        await sleep(100 * Number(response.headers.get('retry-after')))
      } else if (response?.status !== 200 || text == null) counts.failed++
      else {
        counts.answered++
        counts.tokens += Number(/"completion_tokens":(\d+)/.exec(text)?.[1] ?? 0)
        seconds.push((performance.now() - began) / 1000)
      }
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: Number(values.clients) }, (_, client) => ask(client)))
  const wall = (performance.now() - began) / 1000
  child.kill('SIGTERM')
  const loop = JSON.parse((await lines.next()).value)
  await once(child, 'exit')
  seconds.sort((a, b) => a - b)
  const at = (/** @type {number} */ share) => seconds[Math.floor(share * (seconds.length - 1))]
  const tokensPerSecond = counts.tokens / wall
  console.log(
    JSON.stringify(
      { ...values, ...counts, tokensPerSecond, latency: { p50: at(0.5), p99: at(0.99) }, loop },
      null,
      2,
    ),
  )
}
