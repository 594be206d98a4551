/** A session that hands out traces that are there already, so that several experiments read the same ones. */

import type {
  EvaluateOptions,
  Evaluation,
  GenerateOptions,
  GenerationChunk,
  PromptInput,
  PrunedTrace,
  Trace,
} from '../../../types/public.js'
import type { ExperimentSession } from '../run/types.js'

/**
 * The same session, but a generation with the messages and the seed of one of `traces` is that trace; others are
 * made. Evaluations of the same kept tokens, with the same options, are made once, where rows do not depend on each
 * other: traces that are cut in several places have the row 'nothing kept' in common.
 *
 * @param traces of one way to ask, and one length: those are not looked at
 */
export function replaySession(
  session: ExperimentSession,
  traces: readonly Trace[],
): ExperimentSession {
  const known = new Map(traces.map(trace => [keyOf(trace.messages, trace.sampling.seed), trace]))
  const evaluations = new Map<string, Evaluation>()
  return {
    model: session.model,
    generate(input: PromptInput, options: GenerateOptions = {}) {
      const trace = known.get(keyOf(input, options.seed ?? 0))
      return trace === undefined ? session.generate(input, options) : replayed(trace, options)
    },
    async evaluateAll(pruned, options = {}) {
      if (options.independent !== true) return session.evaluateAll(pruned, options)
      const keys = pruned.map(trace => evaluationKey(trace, options))
      const missing = new Map(
        pruned.flatMap((trace, i) => {
          const key = keys[i] ?? ''
          return evaluations.has(key) ? [] : [[key, trace] as const]
        }),
      )
      const made =
        missing.size === 0 ? [] : await session.evaluateAll([...missing.values()], options)
      for (const [place, key] of [...missing.keys()].entries()) {
        const evaluation = made[place]
        if (evaluation !== undefined) evaluations.set(key, evaluation)
      }
      return keys.flatMap(key => evaluations.get(key) ?? [])
    },
    scoreSteps: (trace, options) => session.scoreSteps(trace, options),
    stepGraph: (trace, options) => session.stepGraph(trace, options),
    attention: (tokens, options) => session.attention(tokens, options),
    clear: () => session.clear(),
  }
}

const keyOf = (messages: unknown, seed: number): string => `${seed} ${JSON.stringify(messages)}`

/** All that an evaluation is made of: what is read, what is gone, and how it is asked. */
function evaluationKey(trace: PrunedTrace, { signal: _, ...options }: EvaluateOptions): string {
  const { prompt, tokens, thinking, answer, steps, prunedTokens, removedTokens } = trace
  const before = tokens.slice(0, steps[0]?.tokenStart ?? thinking.tokenEnd)
  // 'evict' reads all of it, and the closing tag is the trace's own; 'resume' reads what is kept
  const whole =
    options.mode === 'resume'
      ? []
      : [tokens.slice(0, thinking.tokenEnd), tokens.slice(thinking.tokenEnd, answer.tokenStart)]
  const gone = options.mode === 'resume' ? [] : removedTokens
  return JSON.stringify([prompt.tokens, before, prunedTokens, whole, gone, options])
}

function replayed(
  trace: Trace,
  { signal }: GenerateOptions,
): AsyncIterable<GenerationChunk> & { finish(): Promise<Trace> } {
  return {
    async *[Symbol.asyncIterator]() {
      signal?.throwIfAborted()
      const { text, tokens, logprobs } = trace
      yield { text, tokens, logprobs, phase: 'answer' }
    },
    async finish() {
      signal?.throwIfAborted()
      return trace
    },
  }
}
