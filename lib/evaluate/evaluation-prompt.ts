/** Pruned trace → what a branch has to hold before the answer is written again, in each mode. */

import type { EvaluationMode, PrunedTrace, TextRange } from '../../types/public.js'
import { invalidValue } from '../base/errors.js'
import type { Runtime } from '../engine/runtime.js'
import { answerCue } from '../engine/thinking-formats.js'
import { repromptText } from './reprompt.js'

/** Tokens, then what is taken out of the cache again, then tokens that do not see it. */
export interface EvaluationPrompt {
  readonly tokens: Int32Array
  /** Positions that are evicted once they are in the cache; ascending, empty but in mode 'evict'. */
  readonly evicted: readonly TextRange[]
  /** Decoded behind them; empty where nothing is evicted. */
  readonly behind: Int32Array
  /** Text at the end of them that belongs to the answer. */
  readonly cue: string
}

const plain = (tokens: readonly number[], cue = ''): EvaluationPrompt => ({
  tokens: Int32Array.from(tokens),
  evicted: [],
  behind: new Int32Array(0),
  cue,
})

/** Tokens that the branch holds at the end. */
export const heldTokens = ({ tokens, evicted, behind }: EvaluationPrompt): number =>
  evicted.reduce((left, { start, end }) => left - (end - start), tokens.length + behind.length)

/** What is asked, and where. */
export interface EvaluationPlace {
  readonly mode: EvaluationMode
  /** In the thinking nothing is closed. @default 'answer' */
  readonly place?: 'answer' | 'thinking'
  /** null: as the model needs it. */
  readonly answerCue: string | null
}

export async function evaluationPrompt(
  runtime: Runtime,
  trace: PrunedTrace,
  { mode, place = 'answer', answerCue: asked }: EvaluationPlace,
): Promise<EvaluationPrompt> {
  if (mode === 'reprompt') return plain(await reprompt(runtime, trace))
  const { closing, cue } =
    place === 'answer' && mode !== 'resume'
      ? await closingOf(runtime, trace, asked)
      : { closing: [], cue: '' }
  if (mode === 'evict' && trace.removedTokens.length > 0) {
    const first = trace.prompt.tokens.length
    const shown = [...trace.prompt.tokens, ...trace.tokens.slice(0, trace.thinking.tokenEnd)]
    return {
      tokens: Int32Array.from(shown),
      evicted: trace.removedTokens.map(({ start, end }) => ({
        start: first + start,
        end: first + end,
      })),
      behind: Int32Array.from(closing),
      cue,
    }
  }
  const beforeSteps = trace.steps[0]?.tokenStart ?? trace.thinking.tokenEnd
  const kept = [...trace.tokens.slice(0, beforeSteps), ...trace.prunedTokens]
  return plain([...trace.prompt.tokens, ...kept, ...closing], cue)
}

/** Leak-free: only kept steps and never the answer's text are shown. */
async function reprompt(runtime: Runtime, trace: PrunedTrace): Promise<readonly number[]> {
  const problem = trace.messages?.findLast(({ role }) => role === 'user')?.content
  if (problem === undefined) {
    const expected = "'continue' or 'evict' for a trace that was generated from a raw prompt"
    throw invalidValue('options.mode', expected, 'reprompt')
  }
  const content = repromptText(problem, trace.prunedText)
  // some families think only with their system text
  const system = trace.messages?.filter(({ role }) => role === 'system') ?? []
  const messages = [...system, { role: 'user', content } as const]
  const { templateArguments } = trace
  return (
    await runtime.model.renderChat(messages, { ...(templateArguments && { templateArguments }) })
  ).tokens
}

/**
 * The tag that ends the thinking, as it was generated; that of the model's format where the trace was cut off.
 * Without a format there is nothing that closes: the answer is asked for.
 */
async function closingOf(
  { model }: Runtime,
  trace: PrunedTrace,
  asked: string | null,
): Promise<{ readonly closing: readonly number[]; readonly cue: string }> {
  const generated = trace.tokens.slice(trace.thinking.tokenEnd, trace.answer.tokenStart)
  const hasFormat = model.info.thinking !== null || generated.length > 0
  const cue = asked ?? (hasFormat ? '' : answerCue)
  const tag =
    generated.length > 0 || !hasFormat
      ? generated
      : await model.tokenize(model.thinking.closing, { parseSpecial: true })
  const cueTokens = cue === '' ? [] : await model.tokenize(cue)
  return { closing: [...tag, ...cueTokens], cue }
}
