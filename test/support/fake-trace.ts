/** Traces without a model. Spans are worked out here by counting, not by the code under test. */

import type { ScoredTrace, SegmentedTrace, Step, Trace } from '../../types/public.js'
import { defaultSampling } from './sampling.js'

/** Ids of the tags; other pieces have ids from 1000, in order. */
export const thinkToken = 1
export const endThinkToken = 2

const idOf = (piece: string, index: number): number => {
  if (piece === '<think>') return thinkToken
  return piece === '</think>' ? endThinkToken : 1000 + index
}

const ends = (pieces: readonly string[]): number[] => {
  let total = 0
  return pieces.map(piece => {
    total += piece.length
    return total
  })
}

export interface FakeOptions {
  /** Tokens of the prompt; the prompt's text is as many letters. */
  readonly promptTokens?: number
}

/**
 * One token a piece. The pieces `<think>` and `</think>` are tags: thinking is between them, from
 * the start and to the end where one is missing.
 */
export function fakeTrace(
  pieces: readonly string[],
  { promptTokens = 3 }: FakeOptions = {},
): Trace {
  const tokenEnds = ends(pieces)
  const charAt = (token: number) => tokenEnds[token - 1] ?? 0
  const start = pieces.indexOf('<think>') + 1
  const close = pieces.indexOf('</think>')
  const end = close === -1 ? pieces.length : close
  const behind = close === -1 ? pieces.length : close + 1
  const span = (tokenStart: number, tokenEnd: number) => ({
    tokenStart,
    tokenEnd,
    charStart: charAt(tokenStart),
    charEnd: charAt(tokenEnd),
  })
  return {
    version: 1,
    model: { name: 'fake', architecture: 'none', parameters: 0, vocabularySize: 100_000 },
    messages: null,
    prompt: {
      text: 'p'.repeat(promptTokens),
      tokens: Array.from({ length: promptTokens }, (_, i) => 500 + i),
    },
    tokens: pieces.map(idOf),
    tokenEnds,
    logprobs: pieces.map((_, i) => -0.5 - i / 1000),
    text: pieces.join(''),
    thinking: span(start, end),
    answer: span(behind, pieces.length),
    finish: 'end',
    sampling: defaultSampling,
    millis: { prompt: 1, generation: 2 },
  }
}

/** A step for each text: one token for it, and one for the blank line behind all but the last. */
export function fakeSteps(texts: readonly string[]): SegmentedTrace {
  const trace = fakeTrace(texts.flatMap((text, i) => (i === 0 ? [text] : ['\n\n', text])))
  const steps = texts.map((text, index): Step => {
    const charStart = trace.tokenEnds[2 * index - 1] ?? 0
    return {
      index,
      text,
      tokenStart: 2 * index,
      tokenEnd: Math.min(2 * index + 2, trace.tokens.length),
      charStart,
      charEnd: charStart + text.length,
    }
  })
  return { ...trace, splitter: 'paragraph', steps }
}

/** Steps `step 0`, `step 1`, … with these scores. */
export function fakeScored(scores: readonly number[]): ScoredTrace {
  return {
    ...fakeSteps(scores.map((_, i) => `step ${i}`)),
    scores,
    scoring: {
      kind: 'attention' as const,
      observer: 'last-token',
      window: 1,
      probeTokens: 0,
      aggregate: 'mean',
      position: 2 + 2 * scores.length,
      layers: 'all',
      capturedLayers: [0, 1],
      heads: 4,
      share: { prompt: 0.25, sink: 0.5, steps: 0.25 },
      decodedTokens: 1,
      millis: 3,
    },
  }
}
