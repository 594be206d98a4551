/** node --expose-gc collect.mjs MODEL: drops handles without closing them and prints memory. */
import { loadModel } from '../../dist/index.js'

const path = process.argv[2]
const settle = async () => {
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
const collected = new Set()
const registry = new FinalizationRegistry(name => collected.add(name))

const options = { contextLength: 8192, batchSize: 128, threads: 1, branches: 2 }
const living = await loadModel(path)
/** Every second session has a model of its own that is dropped, too; the others' model lives on. */
async function dropOne(i) {
  const model = i % 2 ? await loadModel(path) : living
  const session = await model.createSession(options)
  await session.generate('hello', { maxTokens: 4 }).finish()
  registry.register(session, i)
}
await dropOne(0)
await settle()
const before = process.memoryUsage.rss()
for (let i = 1; i <= 30; i++) {
  await dropOne(i)
  await settle()
}
const dropped = process.memoryUsage.rss() - before

const model = await loadModel(path)
await (await model.createSession(options)).close()
const base = process.memoryUsage.rss()
for (let i = 0; i < 100; i++) {
  const session = await model.createSession(options)
  await session.close()
}
await settle()
const closed = process.memoryUsage.rss() - base

// a job must hold what it uses: nothing else does here
const pending = (await model.createSession(options)).attention(Array(4000).fill(65))
await settle()
const { length } = await pending
const { cacheBytes } = (await model.createSession(options)).info
console.log(JSON.stringify({ collected: collected.size, dropped, closed, length, cacheBytes }))
