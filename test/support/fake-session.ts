/** A session without a model: it says what it is told to, and remembers what it was asked. */

import type { ExperimentSession } from '../../dist/experiment/index.js'
import { segmentNotebook } from '../../dist/experiment/run/notebook/segment.js'
import type {
  EvaluateOptions,
  Evaluation,
  GenerateOptions,
  GenerationChunk,
  PromptInput,
  PrunedTrace,
  ScoreOptions,
  Trace,
} from '../../types/public.js'
import { defaultSampling } from './sampling.js'

export interface FakeScript {
  /** The text that follows a prompt. */
  readonly reply: (prompt: string, options: GenerateOptions) => string
  /** The score of a step. */
  readonly score?: (text: string) => number
  /** How a generation ends. @default 'end' */
  readonly finish?: Trace['finish']
  /** What an evaluation writes after the kept text. */
  readonly evaluate?: (prunedText: string) => string
}

export interface FakeSession extends ExperimentSession {
  readonly prompts: { readonly text: string; readonly options: GenerateOptions }[]
  readonly scored: { readonly trace: Trace; readonly options: ScoreOptions }[]
  readonly batches: { readonly traces: readonly PrunedTrace[]; readonly options: EvaluateOptions }[]
}

/** One token for each UTF-16 unit; the thinking is what is between the tags. */
export function fakeTrace(prompt: string, text: string): Trace {
  const open = text.indexOf('<think>')
  const close = text.indexOf('</think>')
  const start = open < 0 ? 0 : open + '<think>'.length
  const end = close < 0 ? text.length : close
  const behind = close < 0 ? text.length : close + '</think>'.length
  const units = Array.from({ length: text.length }, (_, i) => i)
  const span = (from: number, to: number) => ({
    tokenStart: from,
    tokenEnd: to,
    charStart: from,
    charEnd: to,
  })
  return {
    version: 1,
    model: { name: 'fake', architecture: 'fake', parameters: 1, vocabularySize: 65536 },
    messages: [{ role: 'user', content: prompt }],
    prompt: { text: prompt, tokens: [1, 2, 3] },
    tokens: units.map(i => text.charCodeAt(i)),
    tokenEnds: units.map(i => i + 1),
    logprobs: units.map(() => -0.5),
    text,
    thinking: span(start, end),
    answer: span(behind, text.length),
    finish: 'end',
    sampling: defaultSampling,
    millis: { prompt: 1, generation: 2 },
  }
}

export function fakeEvaluation(text: string): Evaluation {
  const value = /\\boxed\{(\d+)\}/.exec(text)?.[1] ?? null
  return {
    mode: 'continue',
    text,
    answer: { value, extraction: value === null ? 'none' : 'boxed' },
    finish: 'end',
    tokens: { prompt: 20, decoded: 10, generated: 5 },
    meanLogprob: -0.5,
    millis: 3,
  }
}

export function fakeSession(script: FakeScript): FakeSession {
  const { reply, score = text => text.length, evaluate = text => text } = script
  const prompts: FakeSession['prompts'][number][] = []
  const scored: FakeSession['scored'][number][] = []
  const batches: FakeSession['batches'][number][] = []
  return {
    prompts,
    scored,
    batches,
    generate(input: PromptInput, options: GenerateOptions = {}) {
      const messages = typeof input === 'string' || 'tokens' in input ? [] : input
      const text = typeof input === 'string' ? input : (messages[0]?.content ?? '')
      prompts.push({ text, options })
      const { finish = 'end' } = script
      return fakeGeneration({ ...fakeTrace(text, reply(text, options)), finish }, options)
    },
    async scoreSteps(trace, options = {}) {
      scored.push({ trace, options })
      return {
        ...trace,
        scores: trace.steps.map(step => score(step.text)),
        scoring: {
          kind: 'attention' as const,
          observer: 'think-end',
          window: 1,
          probeTokens: 0,
          aggregate: 'mean',
          position: 0,
          layers: 'all',
          capturedLayers: [0],
          heads: 1,
          share: { prompt: 0, sink: 0, steps: 1 },
          decodedTokens: 1,
          millis: 1,
        },
      }
    },
    async evaluateAll(traces, options = {}) {
      batches.push({ traces, options })
      const { mode = 'continue' } = options
      return traces.map(trace => ({ ...fakeEvaluation(evaluate(trace.prunedText)), mode }))
    },
    async clear() {},
    async stepGraph() {
      throw new Error('a fake session has no step graph')
    },
    ...fakeModel,
    async attention(tokens) {
      return { data: fakeRow(String.fromCharCode(...tokens), score) }
    },
  }
}

/** ChatML, one token for each UTF-16 unit. */
const fakeModel: Pick<ExperimentSession, 'model'> = {
  model: {
    async renderChat(messages) {
      const text = messages.map(({ role, content }) => `<|im_start|>${role}\n${content}`).join('\n')
      return { text, tokens: toUnits(text) }
    },
    async tokenize(text) {
      return toUnits(text)
    },
  },
}

const toUnits = (text: string) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))

/** All of a step's score lies on its first token. */
function fakeRow(chat: string, score: (text: string) => number): Float32Array {
  const row = new Float32Array(chat.length)
  const reply = chat.slice(chat.indexOf('assistant\n') + 'assistant\n'.length)
  for (const { text } of segmentNotebook(reply).steps) row[chat.lastIndexOf(text)] = score(text)
  return row
}

function fakeGeneration(trace: Trace, options: GenerateOptions) {
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<GenerationChunk, void, undefined> {
      options.signal?.throwIfAborted()
      yield { text: trace.text, tokens: trace.tokens, logprobs: trace.logprobs, phase: 'answer' }
    },
    async finish() {
      options.signal?.throwIfAborted()
      return trace
    },
  }
}
