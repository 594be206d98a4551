/** node --expose-gc drop-isolated.mjs MODEL: drops isolated models, and prints the processes that they had. */
import { loadModel } from '../../dist/index.js'
import { isRunning } from './processes.mjs'

const path = process.argv[2]

async function dropOne() {
  const model = await loadModel(path, { isolate: true })
  const session = await model.createSession({ contextLength: 512, threads: 1 })
  await session.generate('hello', { maxTokens: 4 }).finish()
  return session.info.pid
}

const pids = [await dropOne(), await dropOne(), await dropOne()]
// nobody holds anything of it but the job
const model = await loadModel(path, { isolate: true })
const working = (await model.createSession({ contextLength: 4096, threads: 1 })).attention(
  Array(2000).fill(65),
)
const until = performance.now() + 20_000
while (pids.some(isRunning) && performance.now() < until) {
  globalThis.gc()
  await new Promise(resolve => setTimeout(resolve, 10))
}
const { length } = await working
console.log(JSON.stringify({ left: pids.filter(isRunning).length, length }))
