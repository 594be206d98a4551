/** Weights that are no finite numbers, or garbage: typed where something is read of them, and nothing hangs. */

import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  CotPruneError,
  type GenerateOptions,
  loadModel,
  type PrunedTrace,
  prune,
  type Session,
  type SessionOptions,
  scoreWith,
  segment,
  type Trace,
} from '../../dist/index.js'
import { type GgufTensor, readGguf, writeGguf } from '../support/gguf.mjs'
import { exact, open, path, pruning, run, segmenting } from '../support/in-flight.js'
import { mulberry32 } from '../support/random.mjs'
import type { TinyArchitecture } from '../support/tiny-models.mjs'

const shape = { headDim: 16, embedding: 64, ff: 96, layers: 2 } as const

/** Writes 32-bit patterns into the elements that are chosen; undefined leaves one as it is. */
type Damage = (name: string) => ((element: number) => number | undefined) | null

const bits = {
  nan: 0x7fc00000,
  // what 0/0 is on x86
  negativeNan: 0xffc00000,
  infinite: 0x7f800000,
  huge: 0x7f7fffff,
} as const

function damaged(tensor: GgufTensor, damage: Damage): GgufTensor {
  const bitsOf = damage(tensor.name)
  const { fillRaw, fill: _, ...rest } = tensor
  if (bitsOf === null || fillRaw === undefined || tensor.type !== 'F32') return tensor
  return {
    ...rest,
    fillRaw: (out, start) => {
      fillRaw(out, start)
      const view = new DataView(out.buffer, out.byteOffset, out.byteLength)
      for (let at = 0; at < out.length; at += 4) {
        const written = bitsOf((start + at) / 4)
        if (written !== undefined) view.setUint32(at, written, true)
      }
    },
  }
}

async function openDamaged(
  t: Test,
  damage: Damage,
  options: SessionOptions = {},
  arch: TinyArchitecture = 'qwen2',
): Promise<Session> {
  const { metadata, tensors } = readGguf(path({ ...shape, arch }))
  const file = join(t.testdir(), 'damaged.gguf')
  writeGguf(file, { metadata, tensors: tensors.map(tensor => damaged(tensor, damage)) })
  const model = await loadModel(file)
  t.teardown(() => model.close())
  return model.createSession({ contextLength: 512, threads: 1, ...exact, ...options })
}

/** Of the same vocabulary, by good weights. */
async function goodTrace(t: Test): Promise<PrunedTrace> {
  const { session } = await open(t, exact, shape)
  const { trace } = await run(session, { maxTokens: 120 })
  return prune(scoreWith(segment(trace, segmenting), 'recency'), { threshold: 0.5 })
}

const heads = [{ layer: 0, head: 0 }] as const
const batched = async (session: Session): Promise<Trace> => {
  const batch = session.batch()
  try {
    return await batch.generate('Go on.', { maxTokens: 4 }).finish()
  } finally {
    await batch.close()
  }
}

/** Everything that reads logits. */
const ofLogits = (
  trace: PrunedTrace,
): Readonly<Record<string, (of: Session) => Promise<unknown>>> => {
  const generate = (options: GenerateOptions) => (session: Session) =>
    run(session, { maxTokens: 4, ...options })
  return {
    greedy: generate({ temperature: 0 }),
    drawn: generate({ temperature: 1 }),
    'top-k': generate({ temperature: 1, topK: 5 }),
    'top-p': generate({ temperature: 1, topP: 0.9 }),
    'min-p': generate({ temperature: 1, minP: 0.1 }),
    penalties: generate({ temperature: 1, repeatPenalty: 1.1 }),
    certainty: generate({ certainty: 5 }),
    'in flight': generate({ pruning, maxTokens: 60 }),
    rollouts: session => session.rollouts('Go on.', { count: 3, maxTokens: 4, temperature: 1 }),
    batch: batched,
    evaluation: session => session.evaluate(trace, { maxTokens: 4 }),
    evaluations: session => session.evaluateAll([trace, trace], { maxTokens: 4 }),
    likelihood: session => session.likelihood(trace, { text: '7' }),
    logprobs: session => session.tokenLogprobs([65, 66, 67, 68], { alternatives: 3 }),
  }
}

/** Everything that reads attention. */
const ofRows = (
  trace: PrunedTrace,
): Readonly<Record<string, (of: Session) => Promise<unknown>>> => ({
  attention: session => session.attention([65, 66, 67, 68]),
  heads: session => session.attention([65, 66, 67, 68], { heads }),
  scores: session => session.scoreSteps(trace),
  'scores of a probe': session => session.scoreSteps(trace, { observer: 'think-clearly' }),
  'step graph': session => session.stepGraph(trace, { heads }),
  'step graphs': session => session.stepGraphs([trace, trace], { heads }),
  rows: session => run(session, { maxTokens: 4, attention: 'all' }),
  reread: session => session.reread(trace, { pruning }),
})

const everything: Damage = () => () => bits.nan
const outputs =
  (pattern: number): Damage =>
  name =>
    name === 'output.weight' ? () => pattern : null
/** One token's row of the output matrix. */
const oneToken =
  (pattern: number): Damage =>
  name =>
    name === 'output.weight'
      ? element => (Math.floor(element / shape.embedding) === 70 ? pattern : undefined)
      : null

async function refuses(t: Test, work: Promise<unknown>, name: string): Promise<void> {
  await t.rejects(work, { name: 'CotPruneError', code: 'ERR_NOT_FINITE', message: /damaged/ }, name)
}

t.test('logits that are NaN or infinite are typed, wherever they are read', async t => {
  const trace = await goodTrace(t)
  const cases: readonly (readonly [string, Damage])[] = [
    ['all weights NaN', everything],
    ['outputs NaN', outputs(bits.nan)],
    ['outputs infinite', outputs(bits.infinite)],
    ['the output of one token NaN', oneToken(bits.nan)],
    ['the output of one token a negative NaN', oneToken(bits.negativeNan)],
  ]
  for (const [name, damage] of cases) {
    for (const sampleOn of ['host', 'device'] as const) {
      const session = await openDamaged(t, damage, { sampleOn })
      for (const [how, use] of Object.entries(ofLogits(trace))) {
        await refuses(t, use(session), `${name}, ${sampleOn}: ${how}`)
        await session.clear()
      }
    }
  }
})

t.test('rows that are NaN are typed, wherever they are read', async t => {
  const trace = await goodTrace(t)
  for (const pattern of [bits.nan, bits.infinite]) {
    for (const flashAttention of [true, false]) {
      const damage: Damage = name => (name === 'blk.0.attn_q.weight' ? () => pattern : null)
      const session = await openDamaged(t, damage, { flashAttention })
      for (const [how, use] of Object.entries(ofRows(trace))) {
        await refuses(t, use(session), `${pattern.toString(16)}, ${flashAttention}: ${how}`)
        await session.clear()
      }
    }
  }
})

t.test(
  'experts chosen by NaN, huge weights and random bits end in an error or in tokens',
  async t => {
    const random = mulberry32(Number(process.env.COT_PRUNE_SEED ?? 7))
    const damages: readonly (readonly [string, Damage])[] = [
      ['NaN', everything],
      ['huge', () => () => bits.huge],
      ['random bits', () => () => random.integer(2 ** 32)],
      [
        'some random bits',
        () => () => (random.next() < 0.01 ? random.integer(2 ** 32) : undefined),
      ],
    ]
    const trace = await goodTrace(t)
    for (const arch of ['qwen2', 'qwen3moe', 'qwen35', 'deepseek2', 'lfm2'] as const) {
      for (const [name, damage] of damages) {
        const session = await openDamaged(t, damage, { sampleOn: 'device' }, arch)
        const uses = { ...ofLogits(trace), attention: ofRows(trace).attention }
        for (const [how, use] of Object.entries(uses)) {
          const code = await Promise.resolve(use?.(session)).then(
            () => 'works',
            (error: unknown) => (CotPruneError.is(error) ? error.code : String(error)),
          )
          t.match(
            code,
            /^(works|ERR_NOT_FINITE|ERR_EVICTION_UNAVAILABLE|ERR_TRACE_MODEL)$/,
            `${arch}, ${name}: ${how}`,
          )
          await session.clear()
        }
      }
    }
  },
)
