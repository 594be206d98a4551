import t from 'tap'
import { defaultThreads } from '../../dist/engine/cores.js'
import { resolveModelOptions, resolveSessionOptions } from '../../dist/engine/options.js'
import { resolveEvaluateOptions } from '../../dist/evaluate/options.js'
import { resolveGenerateOptions } from '../../dist/generate/options.js'
import { resolvePruneOptions } from '../../dist/prune/options.js'
import { resolveScoreOptions } from '../../dist/score/options.js'
import { resolveSegmentOptions } from '../../dist/segment/options.js'
import { at, scoreInfo, sessionInfo } from '../support/option-stages.js'
import { off, defaultSampling as sampling } from '../support/sampling.js'

/** All layers that fit, on all GPUs. */
const placement = { gpuLayers: -1, mainGpu: -1, tensorSplit: new Float32Array() }
const remote = { rpcServers: ['10.0.0.2:50052'], rpcTimeoutMillis: 9000 }

t.test('no options, {} and undefined values give every default', async t => {
  const defaults: Readonly<Record<string, object>> = {
    model: {
      ...placement,
      mmap: true,
      rpcServers: [],
      rpcTimeoutMillis: 120_000,
      chatTemplate: null,
      thinking: null,
      isolate: false,
      onProgress: null,
      signal: null,
    },
    session: {
      contextLength: 8192,
      batchSize: null,
      branches: 8,
      threads: Math.min(512, defaultThreads()),
      flashAttention: 'auto',
      keyType: 'f16',
      valueType: 'f16',
      offloadCache: true,
      sampleOn: 'auto',
      signal: null,
    },
    sampling,
    generate: {
      sampling,
      maxTokens: 1024,
      stop: [],
      chunkTokens: null,
      attention: null,
      ...off,
      signal: null,
    },
    segment: { splitter: 'auto', minCharacters: 10, short: 'join' },
    score: {
      observer: null,
      aggregate: 'mean',
      layers: 'all',
      perHead: false,
      perToken: false,
      includePrompt: false,
      includeSink: false,
      sinkTokens: 4,
      signal: null,
    },
    evaluate: {
      mode: 'continue',
      answerCue: null,
      sampling,
      maxTokens: 512,
      independent: false,
      signal: null,
    },
  }
  for (const [stage, expected] of Object.entries(defaults)) {
    const undefineds = Object.fromEntries(Object.keys(expected).map(key => [key, undefined]))
    const options = 'sampling' in undefineds ? { temperature: undefined } : undefineds
    for (const given of [undefined, {}, options]) t.strictSame(at(stage)(given), expected, stage)
  }
})

t.test('the default context is the trained one, at most 8192', async t => {
  const context = (trainedContext: number) =>
    resolveSessionOptions({}, { trainedContext }).contextLength
  t.equal(context(2048), 2048)
  t.equal(context(8192), 8192)
  t.equal(context(2 ** 20), 8192)
  t.equal(context(0), 8192, 'a file that does not say')
})

t.test('what is given comes back', async t => {
  const { signal } = new AbortController()
  const onProgress = () => {}
  const ours = { gpuLayers: 99, mainGpu: 1, mmap: false, isolate: true }
  const placed = { ...ours, ...remote, onProgress, signal }
  const rest = { tensorSplit: new Float32Array(), chatTemplate: null, thinking: null }
  t.strictSame(resolveModelOptions(placed), { ...placed, ...rest })
  const shares = resolveModelOptions({ tensorSplit: [3, 0, 1] })
  t.match(shares, { mainGpu: -1, tensorSplit: Float32Array.of(3, 0, 1) })
  const session = {
    contextLength: 2 ** 24,
    batchSize: 8192,
    branches: 64,
    threads: 512,
    flashAttention: true,
    keyType: 'q8_0',
    valueType: 'q4_0',
    offloadCache: false,
    sampleOn: 'host',
    signal,
  } as const
  t.strictSame(resolveSessionOptions(session, sessionInfo), session)
  const drawn = {
    temperature: 0.6,
    topK: 0,
    topP: 1,
    minP: 0.05,
    repeatPenalty: 1.1,
    presencePenalty: 0,
    repeatWindow: 0,
    seed: 2 ** 32 - 1,
  }
  const attention = [{ layer: 1, head: 2 }]
  const generate = { maxTokens: 1, stop: ['\n\n'], chunkTokens: 1, attention, signal }
  const resolved = resolveGenerateOptions({ ...drawn, ...generate })
  t.strictSame(resolved, { sampling: drawn, ...generate, ...off })
  const evaluate = {
    mode: 'reprompt',
    answerCue: 'So: ',
    maxTokens: 7,
    independent: true,
    signal,
  } as const
  t.strictSame(resolveEvaluateOptions({ ...drawn, ...evaluate }), { sampling: drawn, ...evaluate })
  const segment = {
    splitter: { name: 'mine', split: () => [] },
    minCharacters: 0,
    short: 'drop',
  } as const
  t.strictSame(resolveSegmentOptions(segment), segment)
  const observer = { name: 'mine', observe: () => ({ tokens: 1 }) }
  const parts = { perHead: true, perToken: true, includePrompt: true, includeSink: true }
  const score = {
    observer,
    aggregate: 'sum',
    layers: [3, 0],
    ...parts,
    sinkTokens: 0,
    signal,
  } as const
  t.strictSame(resolveScoreOptions(score, scoreInfo), score)
  t.strictSame(resolvePruneOptions({ ratio: 0.5, protect: [0, -1] }), {
    rule: { name: 'ratio', value: 0.5 },
    protect: [0, -1],
  })
  t.strictSame(resolvePruneOptions({ threshold: 1 }).rule, { name: 'threshold', value: 1 })
  t.strictSame(resolvePruneOptions({ keep: 3 }), { rule: { name: 'keep', value: 3 }, protect: [] })
})
