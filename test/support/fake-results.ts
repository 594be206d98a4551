/** Results of runs that nobody ran, as many and as long as a test wants. */

import { randomNumbers } from '../../dist/base/random.js'
import {
  type MethodPictures,
  type ProblemResult,
  type SweepRule,
  sweep,
} from '../../dist/experiment/index.js'
import { scoreWith, segment } from '../../dist/index.js'
import { fakeTrace } from './fake-session.js'

export interface FakeResults {
  readonly problems: number
  /** The text of a step. */
  readonly textOf: (problem: number, step: number) => string
  readonly steps: number
  readonly methods?: readonly string[]
  readonly thresholds?: readonly number[]
  readonly rule?: SweepRule
  readonly protect?: { readonly first?: number; readonly last?: number }
  readonly expected?: string
  /** The first method has arcs, the others have layers. */
  readonly pictures?: boolean
}

/** Each step looks at the one before it, the answer at the first; three layers, each highest at another step. */
const picturesOf = (method: string, steps: number): MethodPictures =>
  method === fakeMethods[0]
    ? {
        looks: [
          ...Array.from({ length: steps - 1 }, (_, i) => [i + 1, i, 50] as const),
          [steps, 0, 100],
        ],
      }
    : {
        layers: [1, 4, 7].map((layer, place) => ({
          layer,
          shares: Array.from({ length: steps }, (_, step) => (step === place ? 100 : 10)),
        })),
      }

export const fakeMethods = ['attention', 'recency', 'random'] as const

/** Each method's scores are of its own making; what is kept is what `sweep` keeps. */
export function fakeResults(options: FakeResults): ProblemResult[] {
  return Array.from({ length: options.problems }, (_, index) => fakeResult(options, index))
}

function fakeResult(options: FakeResults, index: number): ProblemResult {
  const { steps: count, methods = fakeMethods, thresholds = [0, 0.3, 0.5] } = options
  const { rule = 'threshold', protect = {}, expected = '7' } = options
  const texts = Array.from({ length: count }, (_, step) => options.textOf(index, step))
  const text = `<think>${texts.join('\n\n')}</think>\n\nThe answer: \\boxed{7}`
  const trace = segment(fakeTrace('p', text), { minCharacters: 1, splitter: 'paragraph' })
  const scored = methods.map((method, place) => {
    const scores = randomNumbers(trace.steps.length, 100 * index + place).map(x => x ** 8)
    return { method, trace: { ...scoreWith(trace, 'length'), scores } }
  })
  const swept = sweep(scored, thresholds, { rule, protect })
  const luck = randomNumbers(swept.length, index)
  return {
    version: 1,
    index,
    sample: 0,
    id: `p-${index}`,
    problem: `Problem ${index}: what is 3 + 4?`,
    expected,
    seed: index,
    trace: {
      text,
      tokens: trace.tokens.length,
      characters: text.length,
      finish: 'end',
      thinking: 'closed',
      millis: { prompt: 1, generation: 2 },
    },
    splitter: 'paragraph',
    steps: trace.steps.map(({ index, text, tokenStart, tokenEnd }) => ({
      index,
      text,
      tokens: tokenEnd - tokenStart,
    })),
    methods: scored.map(({ method, trace: { scores } }) => ({
      method,
      scores,
      decodedTokens: 1,
      millis: 1,
      ...(options.pictures && picturesOf(method, trace.steps.length)),
    })),
    thresholds: swept.map(({ method, threshold, pruned }, place) => {
      const correct = threshold === 0 ? index % 5 !== 0 : (luck[place] ?? 0) > 2 * threshold - 0.3
      return {
        method,
        threshold,
        kept: pruned.kept,
        keptSteps: pruned.kept.length,
        steps: trace.steps.length,
        keptTokens: pruned.prunedTokens.length,
        thinkingTokens: trace.thinking.tokenEnd - trace.thinking.tokenStart,
        length: pruned.prunedText.length,
        predicted: correct ? expected : '8',
        source: 'evaluation' as const,
        extraction: 'boxed' as const,
        correct,
        sameAs: null,
        decodedTokens: 10,
        output: threshold === 0 ? null : `so it is \\boxed{${correct ? expected : '8'}}`,
        millis: 1,
      }
    }),
    millis: 5,
  }
}
