/**
 * Sampling where the logits are: the tokens, likelihoods and logits are those of sampling on the host. The device is
 * the CPU here, on which the same graph runs.
 */

import t from 'tap'
import { native } from '../../dist/engine/native.js'
import { loadModel } from '../../dist/index.js'
import type { NativeSample } from '../../types/native.js'
import { openModelHandle, openSessionHandle } from '../support/addon.mjs'
import { reasonerPath } from '../support/reasoner.js'
import { type TinyModelOptions, tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(120_000)

const none = new Int32Array(0)
const addon = native()

interface Setting {
  readonly temperature?: number
  readonly topK?: number
  readonly topP?: number
  readonly minP?: number
  readonly repeat?: number
  readonly certainty?: number
  readonly alternatives?: number
}

const settings: Readonly<Record<string, Setting>> = {
  greedy: {},
  'top-k 40': { temperature: 1, topK: 40 },
  '0.6, top-k 40, nucleus': { temperature: 0.6, topK: 40, topP: 0.95 },
  'a small nucleus': { temperature: 0.3, topP: 0.2 },
  'min-p': { temperature: 0.5, minP: 0.7 },
  'top-k and min-p': { temperature: 1.3, topK: 20, minP: 0.01 },
}

/** These need all logits at nearly every token. */
const whole: Readonly<Record<string, Setting>> = {
  'no filter': { temperature: 1 },
  'a wide nucleus of an even distribution': { temperature: 1.5, topP: 0.99 },
  'more than are on the shortlist': { temperature: 1, topK: 2000 },
  'a low min-p': { temperature: 1, minP: 1e-6 },
  'a penalty': { temperature: 0.7, topK: 40, repeat: 1.3 },
  certainty: { temperature: 0.7, topK: 40, certainty: 8 },
  alternatives: { alternatives: 3 },
}

/** Two chains a setting, all in one batch, with another branch extended in between. */
async function sampled(model: string, where: string, chosen: readonly Setting[]) {
  const handle = await openModelHandle(addon, model)
  const branches = 2 * chosen.length
  const session = await openSessionHandle(addon, handle, {
    ...{ contextLength: 2048, batchSize: 256, branches: branches + 1, threads: 2 },
    sampleOn: where,
  })
  const text = await addon.modelTokenize(handle, 'One and two are three, I think.', false, false)
  for (let branch = 0; branch < branches; branch++) {
    const { temperature = 0, topK = 0, topP = 1, minP = 0, repeat = 1 } = chosen[branch >> 1] ?? {}
    const { certainty = 0, alternatives = 0 } = chosen[branch >> 1] ?? {}
    await addon.sessionExtend(session, branch, text, true, 0, none, none, none)
    addon.sessionSampler(
      ...[session, branch, temperature, topK, topP, minP, repeat, 0, 64, branch, []],
    )
    addon.sessionCertainty(session, branch, certainty)
    addon.sessionAlternatives(session, branch, alternatives)
  }
  const all = Int32Array.from({ length: branches }, (_, i) => i)
  const parts: (readonly NativeSample[])[] = []
  for (const count of [1, 7, 16]) {
    parts.push(await addon.sessionSample(session, all, count, false, none, none, none, -1))
    // what is decoded in between takes the place of the logits in the context
    await addon.sessionExtend(session, branches, text, true, 0, none, none, none)
  }
  const logits = Array.from(all, branch => addon.sessionLogits(session, branch))
  const { shortlists } = addon.sessionInfo(session)
  await addon.sessionClose(session)
  await addon.modelClose(handle)
  const chains = Array.from(all, i => ({
    tokens: parts.flatMap(part => Array.from(part[i]?.tokens ?? [])),
    logprobs: parts.flatMap(part => Array.from(part[i]?.logprobs ?? [])),
    certainties: parts.flatMap(part => Array.from(part[i]?.certainties ?? [])),
    logits: logits[i] ?? new Float32Array(),
  }))
  return { chains, shortlists }
}

/** Largest distance of two rows; NaN where any number is none, Infinity where their lengths differ. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return Array.from(a).reduce((most, x, i) => {
    const apart = Math.abs(x - (b[i] ?? Number.NaN))
    return apart <= most ? most : apart
  }, 0)
}

// whole blocks only, a tail, fewer blocks than a shortlist has, all logits in one block and a tail
for (const vocabularySize of [24_576, 24_600, 5_003, 400]) {
  const options: TinyModelOptions = {
    vocabularySize,
    layers: 1,
    seed: 3,
    embedding: 64,
    heads: 1,
    kvHeads: 1,
  }
  t.test(`${vocabularySize} tokens: the same as on the host`, async t => {
    const model = tinyModel(options)
    for (const [all, some] of [
      [settings, true],
      [whole, false],
    ] as const) {
      const chosen = Object.values(all)
      const host = await sampled(model, 'host', chosen)
      const device = await sampled(model, 'device', chosen)
      t.equal(host.shortlists, 0)
      const tokens = host.chains.reduce((sum, chain) => sum + chain.tokens.length, 0)
      if (some) t.ok(device.shortlists > 0.8 * tokens, `${device.shortlists} of ${tokens}`)
      for (const [i, name] of Object.keys(all).entries()) {
        for (const branch of [2 * i, 2 * i + 1]) {
          const [a, b] = [host.chains[branch], device.chains[branch]]
          if (a === undefined || b === undefined) throw new RangeError(`no chain ${branch}`)
          t.equal(a.tokens.length, 24, name)
          t.strictSame(b.tokens, a.tokens, name)
          t.ok(distance(a.logprobs, b.logprobs) < 1e-4, `${name}: likelihoods`)
          t.ok(distance(a.certainties, b.certainties) < 1e-5, `${name}: certainties`)
          t.ok(distance(a.logits, b.logits) < 1e-5, `${name}: logits behind it`)
        }
      }
    }
  })
}

t.test('chains that end, stop and are refilled; graphs are reused', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const problem = '(1) At first Carla owns 94 beads. (2) Carla gets 31 beads. How many has she?'
  const texts = []
  for (const sampleOn of ['host', 'device'] as const) {
    const session = await model.createSession({ contextLength: 4096, branches: 5, sampleOn })
    const rollouts = await session.rollouts([{ role: 'user', content: problem }], {
      ...{ count: 9, maxTokens: 200, temperature: 0.6, topP: 0.95, topK: 0, seed: 5 },
    })
    texts.push(rollouts.map(({ text }) => text))
    t.equal(session.info.samplesOnDevice, sampleOn === 'device')
    t.equal(session.info.shortlists > 500, sampleOn === 'device')
    t.ok(session.info.reusedGraphs > 0.5 * session.info.decodes)
    await session.close()
  }
  t.strictSame(texts[1], texts[0])
})

t.test('a place that there is not is refused', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  // @ts-expect-error: what a caller in JavaScript may write
  await t.rejects(model.createSession({ sampleOn: 'gpu' }), TypeError)
  const handle = await openModelHandle(addon, reasonerPath)
  const options = { contextLength: 64, batchSize: 64, sampleOn: 'gpu' }
  await t.rejects(openSessionHandle(addon, handle, options), { code: 'ERR_INVALID_ARG_VALUE' })
})
