// @ts-check
/** What is compared: this library, one measurement a process. */
import { loadModel } from '../../dist/index.js'
import { peerProcess, rateOf, statusKb, stopwatch } from './process.mjs'

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
  let watch
  let counted = 0
  for await (const chunk of generation) {
    if (watch === undefined) watch = stopwatch()
    else counted += chunk.tokens.length
  }
  const rate = rateOf(counted, watch?.())
  return { ...rate, tokens: [...(await generation.finish()).tokens] }
}

/**
 * @param {Session} session
 * @param {Job} job
 * @param {number[]} tokens
 */
async function chains(session, { chains: count, tokens: maxTokens }, tokens) {
  // the prompt is in the cache then
  await session.generate({ tokens }, { maxTokens: 1 }).finish()
  const watch = stopwatch()
  const traces = await session.rollouts({ tokens }, { count, maxTokens, temperature: 0 })
  const generated = traces.reduce((sum, trace) => sum + trace.tokens.length, 0)
  return { ...rateOf(generated, watch()), tokens: [...(traces[0]?.tokens ?? [])] }
}

/**
 * @param {Session} session
 * @param {Job} job
 * @param {number[]} tokens
 */
async function row(session, { name }, tokens) {
  // the trace is the prompt of a generation: it stays in the cache
  if (name === 'live') await session.generate({ tokens }, { maxTokens: 1 }).finish()
  const watch = stopwatch()
  const { data } = await session.attention(tokens)
  return { ...watch(), row: [...data] }
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
