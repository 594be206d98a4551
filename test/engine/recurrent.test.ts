/** A model whose memory is one state: what works with it, and what is refused in words. */

import t from 'tap'
import { loadModel, prune, type Splitter, scoreWith, segment } from '../../dist/index.js'
import { tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(120_000)

const messages = [{ role: 'user', content: 'One, two and three.' }] as const
const length = { maxTokens: 40, temperature: 1, topK: 0, topP: 1, seed: 3 } as const

const halves: Splitter = {
  name: 'halves',
  split: text => {
    const middle = text.length >> 1
    return [
      { start: 0, end: middle },
      { start: middle, end: text.length },
    ]
  },
}

t.test('a recurrent model generates, and is refused what its memory cannot do', async t => {
  const model = await loadModel(tinyModel({ arch: 'mamba' }))
  t.teardown(() => model.close())
  t.match(model.info, { architecture: 'mamba', recurrent: true, heads: 0 })
  const session = await model.createSession({ contextLength: 256, threads: 1 })
  const plain = await session.generate(messages, length).finish()
  t.equal(plain.tokens.length, 40)

  await t.rejects(session.generate(messages, { ...length, pruning: { every: 10 } }).finish(), {
    code: 'ERR_EVICTION_UNAVAILABLE',
    message: /recurrent/,
  })
  await t.rejects(session.scoreSteps(segment(plain, { minCharacters: 0 })), {
    code: 'ERR_CAPTURE_UNAVAILABLE',
  })
  const steps = segment(plain, { minCharacters: 0, splitter: halves })
  const half = prune(scoreWith(steps, 'recency'), { keep: 1 })
  t.match(await session.evaluate(half, { maxTokens: 5 }), { finish: 'length' }, 'read anew')
  await t.rejects(session.evaluate(half, { maxTokens: 5, mode: 'evict' }), {
    code: 'ERR_EVICTION_UNAVAILABLE',
  })
  const again = await session.generate(messages, length).finish()
  t.strictSame(again.tokens, plain.tokens, 'a refusal leaves the session as it was')
})
