// @ts-check
/** What is compared: this library, one measurement a process. */
import { loadModel } from '../../dist/index.js'
import { timed } from '../measure.mjs'
import { peerProcess, statusKb } from './process.mjs'

/** @typedef {import('./compare.mjs').Job} Job */
/** @typedef {import('../../dist/index.js').Session} Session */

/**
 * The clock starts when the first chunk is there, which holds the decoding of the prompt.
 * @param {Session} session
 * @param {Job} job
 * @param {number[]} tokens
 */
async function generate(session, { name, tokens: maxTokens }, tokens) {
  const attention = name === 'rows' ? /** @type {const} */ ('all') : undefined
  const generation = session.generate({ tokens }, { maxTokens, temperature: 0, attention })
  let start = 0
  let counted = 0
  for await (const chunk of generation) {
    if (start === 0) start = performance.now()
    else counted += chunk.tokens.length
  }
  const tokensPerSecond = (1000 * counted) / (performance.now() - start)
  return { tokensPerSecond, tokens: [...(await generation.finish()).tokens] }
}

/**
 * @param {Session} session
 * @param {Job} job
 * @param {number[]} tokens
 */
async function chains(session, { chains: count, tokens: maxTokens }, tokens) {
  const traces = await session.rollouts({ tokens }, { count, maxTokens, temperature: 0 })
  const generated = traces.reduce((sum, trace) => sum + trace.tokens.length, 0)
  const millis = Math.max(...traces.map(trace => trace.millis.generation))
  return { tokensPerSecond: (1000 * generated) / millis, tokens: [...(traces[0]?.tokens ?? [])] }
}

/**
 * @param {Session} session
 * @param {Job} job
 * @param {number[]} tokens
 */
async function row(session, { name }, tokens) {
  // the trace is the prompt of a generation: it stays in the cache
  if (name === 'live') await session.generate({ tokens }, { maxTokens: 1 }).finish()
  const { result, millis } = await timed(() => session.attention(tokens))
  return { millis, row: [...result.data] }
}

const measures = { generate, rows: generate, chains, row, live: row }

await peerProcess(async (job, tokens) => {
  const model = await loadModel(job.model)
  const session = await model.createSession({
    contextLength: job.context,
    threads: job.threads,
    // one has the prompt, one is for scoring
    branches: job.chains + 2,
  })
  const { flashAttention } = session.info
  // the first decode reads the mapped weights from disk
  await session.attention(tokens.slice(0, 1))
  await session.clear()
  const loadedRssKb = statusKb('VmRSS')
  const measured = await measures[job.name](session, job, tokens)
  await session.close()
  await model.close()
  return { ...measured, loadedRssKb, flashAttention }
})
