// @ts-check
/**
 * A process under load: `node load-child.mjs library|server|idle`. It says what it can be asked for, goes on until stdin ends, and
 * then what came of it: how late its event loop was, its memory, and for `library` what its callers got.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { embeddedModel, loadModel } from '../../dist/index.js'
import { serve } from '../../dist/serve/index.js'
import { Callers, problems } from './callers.mjs'

const [how = 'idle'] = process.argv.slice(2)
const { model: path } = await embeddedModel()

/** Resolves when whoever started this process wants its end. */
const ended = new Promise(resolve => {
  process.stdin.on('end', resolve)
  process.stdin.resume()
})

/** @param {object} what */
const say = what => process.stdout.write(`${JSON.stringify(what)}\n`)

/** Six callers share a batch of four branches; two share a session, which does one job at a time. @param {Promise<unknown>} end */
async function library(end) {
  const model = await loadModel(path)
  const shared = await model.createSession({ branches: 4, contextLength: 4096, threads: 1 })
  const alone = await model.createSession({ contextLength: 1024, threads: 1 })
  const batch = shared.batch()
  /** @type {import('./callers.mjs').Ask} */
  const ask = async (caller, problem, maxTokens) => {
    const how = { maxTokens, temperature: 0 }
    const prompt = [{ role: /** @type {const} */ ('user'), content: problem }]
    const generation = caller < 6 ? batch.generate(prompt, how) : alone.generate(prompt, how)
    let text = ''
    for await (const chunk of generation) text += chunk.text
    const trace = await generation.finish()
    if (trace.text !== text) throw new Error('the chunks are not the text, in order')
    return text
  }
  say({ ready: true })
  const found = await new Callers(ask).until(end)
  await batch.close()
  await model.close()
  return found
}

/** @param {Promise<unknown>} end */
async function server(end) {
  const models = [{ path, id: 'embedded' }]
  const running = await serve({ models, token: null, contextLength: 1024, threads: 1, queue: 2 })
  say({ ready: true, url: running.apiUrl })
  await end
  await running.close()
  return {}
}

/** @param {Promise<unknown>} end */
async function idle(end) {
  say({ ready: true, problems: problems.length })
  await end
  return {}
}

// the resolution is part of what is measured
const delay = monitorEventLoopDelay({ resolution: 1 })
/** @type {number[]} */
const rss = []
const run = { library, server, idle }[how]
if (run === undefined) throw new Error(`no ${how}`)
const sampling = setInterval(() => {
  // else what V8 has not collected yet is counted, which grows to its own limits
  if (rss.length % 10 === 9) globalThis.gc?.()
  rss.push(process.memoryUsage.rss())
  // loading the model is not what is measured
  if (rss.length === 2) {
    delay.enable()
    delay.reset()
  }
}, 500)
const found = await run(ended)
clearInterval(sampling)
delay.disable()
say({ ...found, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, rss })
