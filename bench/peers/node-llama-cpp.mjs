// @ts-check
/**
 * node-llama-cpp as its documentation has it: `sequence.evaluate`, greedy, its CPU binary. Its folder is the second
 * argument. It has no attention to read.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { peerProcess, rateOf, statusKb, stopwatch } from './process.mjs'

const entry = join(process.argv[3] ?? '', 'node_modules', 'node-llama-cpp', 'dist', 'index.js')
const { getLlama } = await import(pathToFileURL(entry).href)

await peerProcess(async (job, tokens) => {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    maxThreads: job.threads,
    logLevel: 'error',
  })
  const model = await llama.loadModel({ modelPath: job.model })
  const context = await model.createContext({
    // of each sequence: they share no cells
    contextSize: tokens.length + job.tokens + 64,
    sequences: job.chains,
    threads: job.threads,
    flashAttention: job.flashAttention,
    batchSize: 512,
  })
  /** @type {{ evaluate(tokens: number[], options: object): AsyncGenerator<number> }[]} */
  const sequences = Array.from({ length: job.chains }, () => context.getSequence())
  const loadedRssKb = statusKb('VmRSS')
  /** @type {ReturnType<typeof stopwatch> | undefined} */
  let watch
  let counted = 0
  const texts = await Promise.all(
    sequences.map(async sequence => {
      /** @type {number[]} */
      const text = []
      for await (const token of sequence.evaluate(tokens, { temperature: 0 })) {
        if (watch === undefined) watch = stopwatch()
        else counted++
        text.push(token)
        if (text.length >= job.tokens) break
      }
      return text
    }),
  )
  const rate = rateOf(counted, watch?.())
  await llama.dispose()
  return { ...rate, tokens: texts[0] ?? [], loadedRssKb }
})
