/** A chain of thought given as text → the trace that it would be, had the model written it. */

import type { NativePieces } from '../../types/native.js'
import type { TextTraceInput, Trace } from '../../types/public.js'
import { checkKnown, isObject, keysOf, string } from '../base/check.js'
import { invalidType } from '../base/errors.js'
import { type ResolvedPrompt, resolvePromptInput } from '../engine/prompt-input.js'
import { resolveSampling } from '../engine/sampling.js'
import type { Weights } from '../engine/weights.js'
import { findThinking, promptOpensThinking } from './spans.js'
import { TokenText } from './token-text.js'

const inputKeys = keysOf<TextTraceInput>({ messages: true, thinking: true, answer: true })

export interface ResolvedTextTrace {
  readonly messages: NonNullable<ResolvedPrompt['messages']>
  readonly thinking: string
  readonly answer: string
}

/** @throws TypeError that names the field; CotPruneError ERR_EMPTY_PROMPT for no messages */
export function resolveTextTrace(input: unknown): ResolvedTextTrace {
  if (!isObject(input)) throw invalidType('input', 'an object with messages and thinking', input)
  checkKnown('input', input, inputKeys)
  const { messages, thinking, answer = '' }: Partial<Record<keyof TextTraceInput, unknown>> = input
  if (!Array.isArray(messages)) throw invalidType('input.messages', 'an array', messages)
  return {
    messages: resolvePromptInput(messages).messages ?? [],
    thinking: string('input.thinking', thinking),
    answer: string('input.answer', answer),
  }
}

/** What is tokenised behind the prompt, which may have opened the thinking already. */
export function generatedText({ thinking, answer }: ResolvedTextTrace, promptText: string): string {
  const open = promptOpensThinking(promptText) ? '' : '<think>\n'
  return `${open}${thinking}\n</think>\n\n${answer}`
}

/** Puts a trace together; nothing was sampled, so that log-probabilities are 0. */
export function textTrace(
  { messages }: ResolvedTextTrace,
  prompt: Trace['prompt'],
  tokens: readonly number[],
  pieces: NativePieces,
  model: Pick<Weights, 'info' | 'tags'>,
): Trace {
  const decoded = new TokenText()
  decoded.push(pieces)
  decoded.flush()
  const { name, architecture, parameters, vocabularySize } = model.info
  const generated = { text: decoded.text, tokens, tokenEnds: [...decoded.ends] }
  const opened = promptOpensThinking(prompt.text)
  return {
    version: 1,
    model: { name, architecture, parameters, vocabularySize },
    messages,
    prompt,
    ...generated,
    logprobs: tokens.map(() => 0),
    ...findThinking({ ...generated, ...model.tags, opened }),
    finish: 'end',
    sampling: resolveSampling(),
    millis: { prompt: 0, generation: 0 },
  }
}
