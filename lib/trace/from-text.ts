/** A chain of thought given as text → the trace that it would be, had the model written it. */

import type { NativePieces } from '../../types/native.js'
import type { ModelThinking, TemplateArguments, TextTraceInput, Trace } from '../../types/public.js'
import { checkKnown, isObject, keysOf, string } from '../base/check.js'
import { invalidType, invalidValue } from '../base/errors.js'
import { type ResolvedPrompt, resolvePromptInput } from '../engine/prompt-input.js'
import { resolveSampling } from '../engine/sampling.js'
import { resolveTemplateArguments } from '../engine/template.js'
import type { Weights } from '../engine/weights.js'
import { findThinking, promptEnd } from './spans.js'
import { TokenText } from './token-text.js'

const inputKeys = keysOf<TextTraceInput>({
  messages: true,
  thinking: true,
  answer: true,
  templateArguments: true,
})

export interface ResolvedTextTrace {
  readonly messages: NonNullable<ResolvedPrompt['messages']>
  readonly thinking: string
  readonly answer: string
  readonly templateArguments: TemplateArguments
}

/** @throws TypeError that names the field; CotPruneError ERR_EMPTY_PROMPT for no messages */
export function resolveTextTrace(input: unknown): ResolvedTextTrace {
  if (!isObject(input)) throw invalidType('input', 'an object with messages and thinking', input)
  checkKnown('input', input, inputKeys)
  const given: Partial<Record<keyof TextTraceInput, unknown>> = input
  const { messages, thinking, answer = '' } = given
  if (!Array.isArray(messages)) throw invalidType('input.messages', 'an array', messages)
  return {
    messages: resolvePromptInput(messages).messages ?? [],
    thinking: string('input.thinking', thinking),
    answer: string('input.answer', answer),
    templateArguments: resolveTemplateArguments(given.templateArguments),
  }
}

/** Text of which control tokens are read, or are text like any other. */
export interface TextPart {
  readonly text: string
  readonly parseSpecial: boolean
}

/**
 * What is tokenised behind the prompt, which may have opened the thinking already: the tags are tokens, and
 * what was brought along is text, whatever it quotes. Tags that it came with are not written twice.
 *
 * @throws TypeError where the thinking quotes a closing tag that only text can tell
 */
export function textParts(
  { thinking, answer }: ResolvedTextTrace,
  promptText: string,
  format: ModelThinking,
): readonly TextPart[] {
  const { open, close, opening, closing, closeToken } = format
  const bare = withoutTags(thinking, format)
  if (closeToken === null && bare.includes(close)) {
    const expected = `text without ${close}, which ends the thinking of this model`
    throw invalidValue('input.thinking', expected, thinking)
  }
  const [beforeClose = '', behindClose = ''] = closing.split(close)
  const tag = (text: string) => ({ text, parseSpecial: true })
  const plain = (text: string) =>
    brokenAt(text, [open, close]).map(piece => ({ text: piece, parseSpecial: false }))
  const opened = promptEnd(promptText, format) === 'opened'
  const before = opened ? '' : opening.slice(open.length)
  return [
    ...(opened ? [] : [tag(open)]),
    ...plain(before + bare + beforeClose),
    tag(close),
    ...plain(behindClose + answer),
  ].filter(({ text }) => text !== '')
}

/**
 * Pieces that are tokenised one by one, since some files have the tags as tokens that are found in any text: in
 * two halves they are none.
 */
function brokenAt(text: string, tags: readonly string[]): string[] {
  return tags.reduce(
    (pieces, tag) =>
      pieces.flatMap(piece => {
        const half = tag.length >> 1
        return piece.split(tag).flatMap((between, i, all) => {
          const before = i > 0 ? tag.slice(half) : ''
          return before + between + (i < all.length - 1 ? tag.slice(0, half) : '')
        })
      }),
    [text],
  )
}

/** Without an opening tag in front and a closing one at the end, and the white space inside of them. */
function withoutTags(thinking: string, { open, close }: ModelThinking): string {
  const trimmed = thinking.trim()
  const opened = trimmed.startsWith(open)
  const closed = trimmed.endsWith(close)
  if (!opened && !closed) return thinking
  return trimmed.slice(opened ? open.length : 0, closed ? -close.length : undefined).trim()
}

/** Puts a trace together; nothing was sampled, so that log-probabilities are 0. */
export function textTrace(
  { messages, templateArguments }: ResolvedTextTrace,
  prompt: Trace['prompt'],
  tokens: readonly number[],
  pieces: NativePieces,
  model: Pick<Weights, 'info' | 'thinking'>,
): Trace {
  const decoded = new TokenText()
  decoded.push(pieces)
  decoded.flush()
  const { name, architecture, parameters, vocabularySize } = model.info
  const generated = { text: decoded.text, tokens, tokenEnds: [...decoded.ends] }
  const opened = promptEnd(prompt.text, model.thinking) === 'opened'
  return {
    version: 1,
    model: { name, architecture, parameters, vocabularySize },
    messages,
    prompt,
    ...(Object.keys(templateArguments).length > 0 && { templateArguments }),
    ...generated,
    logprobs: tokens.map(() => 0),
    ...findThinking({
      ...generated,
      tags: model.thinking,
      prompt: opened ? 'opened' : 'neither',
    }),
    finish: 'end',
    sampling: resolveSampling(),
    millis: { prompt: 0, generation: 0 },
  }
}
