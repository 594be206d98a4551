/** Loads a model and generates in a worker; posts the tokens, then goes on until it is terminated. */
import { parentPort, workerData } from 'node:worker_threads'
import { loadModel } from '../../dist/index.js'

const { path, isolate = false } = workerData
const model = await loadModel(path, { isolate })
const session = await model.createSession({ contextLength: 4096, threads: 1 })
const { tokens } = await session.generate('hello', { maxTokens: 50 }).finish()
parentPort.postMessage(isolate ? { tokens, pid: session.info.pid } : tokens)
if (workerData.forever) {
  for (let seed = 0; ; seed++) {
    await session.generate('hello', { maxTokens: 3000, temperature: 1, seed }).finish()
  }
}
await model.close()
