// @ts-check
/**
 * A child of the fuzzer: for each path that comes on stdin, one a line, it loads the model and uses it as far as it
 * goes, and says on stdout what came of it: `works`, or the code of an error.
 */
import { createInterface } from 'node:readline'
import { CotPruneError, loadModel } from '../../dist/index.js'

/** A template that is refused does not keep anybody from using the model. @param {unknown} error */
function refused(error) {
  if (!CotPruneError.is(error, 'ERR_CHAT_TEMPLATE')) throw error
}

/** @param {string} path */
async function use(path) {
  const model = await loadModel(path)
  try {
    const session = await model.createSession({ contextLength: 64, branches: 2, threads: 1 })
    if (model.info.chatTemplate !== null) {
      await model.renderChat([{ role: 'user', content: 'Go on.' }]).catch(refused)
    }
    const trace = await session.generate('Go on.', { maxTokens: 4, attention: 'all' }).finish()
    await session.rollouts('Go.', { count: 2, maxTokens: 2, temperature: 1 })
    return trace.tokens.length >= 0 ? 'works' : 'nothing'
  } finally {
    await model.close()
  }
}

for await (const path of createInterface({ input: process.stdin })) {
  const outcome = await use(path).catch(error => {
    const code = /** @type {{ code?: unknown }} */ (error).code
    return typeof code === 'string' ? code : `no code: ${String(error)}`
  })
  const { maxRSS } = process.resourceUsage()
  process.stdout.write(`${JSON.stringify({ path, outcome, maxRSS })}\n`)
}
