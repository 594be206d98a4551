/** Loads a model and generates in a worker; posts the tokens, then goes on until it is terminated. */
import { parentPort, workerData } from 'node:worker_threads'
import { loadModel } from '../../dist/index.js'

const model = await loadModel(workerData.path)
const session = await model.createSession({ contextLength: 4096, threads: 1 })
const { tokens } = await session.generate('hello', { maxTokens: 50 }).finish()
parentPort.postMessage(tokens)
if (workerData.forever) {
  for (let seed = 0; ; seed++) {
    await session.generate('hello', { maxTokens: 3000, temperature: 1, seed }).finish()
  }
}
await model.close()
