// @ts-check
/** A process that ends in one stage of life: `node life.mjs STAGE MODEL [isolate]`; then it prints where the model is. See lifecycle.test.ts. */
import { loadModel } from '../../dist/index.js'

const [stage = '', path = '', where = ''] = process.argv.slice(2)
const isolate = where === 'isolate'
/** @param {number} millis */
const sleep = millis => new Promise(resolve => setTimeout(resolve, millis))
/** @param {Promise<unknown>} job */
const ignore = job => job.catch(() => {})

const open = async () => {
  const model = await loadModel(path, { isolate })
  const session = await model.createSession({ contextLength: 2048, threads: 1, batchSize: 512 })
  if (isolate) console.log(`pid ${session.info.pid}`)
  return { model, session }
}
/** A job of one long native call: the prompt, or many tokens. */
const long = { maxTokens: 1000, chunkTokens: 64, temperature: 1 }
const prompt = 'A long prompt. '.repeat(40)

/** @type {Record<string, () => Promise<void>>} */
const stages = {
  'addon loaded': async () => {},
  'model loading': async () => {
    void ignore(loadModel(path, { mmap: false, isolate }))
  },
  'model loaded': async () => {
    await loadModel(path, { isolate })
  },
  'session opening': async () => {
    const model = await loadModel(path, { isolate })
    void ignore(model.createSession())
  },
  'session open': async () => {
    await open()
  },
  'generated, left open': async () => {
    const { session } = await open()
    await session.generate('hello', { maxTokens: 8 }).finish()
  },
  'prompt in flight': async () => {
    const { session } = await open()
    void ignore(session.generate(prompt, { maxTokens: 1 }).finish())
    await sleep(20)
  },
  'left in the middle of a loop': async () => {
    const { session } = await open()
    for await (const _ of session.generate('hello', long)) break
  },
  'generation dropped': async () => {
    const { session } = await open()
    await session.generate('hello', { maxTokens: 400 }).next()
  },
  aborted: async () => {
    const { session } = await open()
    const controller = new AbortController()
    void ignore(session.generate(prompt, { ...long, signal: controller.signal }).finish())
    await sleep(20)
    controller.abort()
  },
  'session closed': async () => {
    const { session } = await open()
    await session.close()
  },
  'session closing in a job': async () => {
    const { session } = await open()
    void ignore(session.generate(prompt, long).finish())
    await sleep(20)
    void session.close()
  },
  'model closed, session left open': async () => {
    const { model } = await open()
    await model.close()
  },
  'model closing in a job': async () => {
    const { model, session } = await open()
    void ignore(session.generate(prompt, long).finish())
    await sleep(20)
    void model.close()
  },
  'process.exit in a prompt': async () => {
    const { session } = await open()
    void ignore(session.generate(prompt, long).finish())
    await sleep(20)
    process.exit(7)
  },
  'process.exit in a generation': async () => {
    const { session } = await open()
    const generation = session.generate('hello', { ...long, chunkTokens: 64 })
    await generation.next()
    void ignore(generation.finish())
    await sleep(20)
    process.exit(7)
  },
  'process.exit with a session open': async () => {
    await open()
    process.exit(7)
  },
  'process.exit while a model loads': async () => {
    void ignore(loadModel(path, { mmap: false, isolate }))
    await sleep(2)
    process.exit(7)
  },
  'uncaught error in a generation': async () => {
    const { session } = await open()
    void ignore(session.generate(prompt, long).finish())
    await sleep(20)
    setTimeout(() => {
      throw new Error('on purpose')
    })
  },
}

const run = stages[stage]
if (run === undefined) throw new Error(`no stage ${stage}; there are ${Object.keys(stages)}`)
await run()
console.log('reached the end')
