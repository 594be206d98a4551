/**
 * Where things are in a trace: characters to tokens, thinking and answer. Token i covers the UTF-16
 * units [ends[i-1], ends[i]) of the text, its first character is at ends[i-1] (0 for the first
 * token). A token without characters of its own is a part of a character that a later token
 * completes; so its first character is that one.
 */

import type { ModelThinking, Span, Trace } from '../../types/public.js'

/** How many of `ends`, which ascend, are below `char`. */
function countBelow(ends: readonly number[], char: number): number {
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ends[middle] ?? char) < char) low = middle + 1
    else high = middle
  }
  return low
}

/** The first token whose first character is at or behind `char`; the number of tokens if none. */
export function charToToken(tokenEnds: readonly number[], char: number): number {
  if (char <= 0) return 0
  return Math.min(tokenEnds.length, 1 + countBelow(tokenEnds, char))
}

/** Half-open range of the tokens whose first character is in [charStart, charEnd). */
export function tokenRange(
  tokenEnds: readonly number[],
  charStart: number,
  charEnd: number,
): Pick<Span, 'tokenStart' | 'tokenEnd'> {
  return {
    tokenStart: charToToken(tokenEnds, charStart),
    tokenEnd: charToToken(tokenEnds, Math.max(charStart, charEnd)),
  }
}

/* ---- thinking ----------------------------------------------------------------------------- */

/** The tags of a model's thinking. */
export type Tags = Pick<ModelThinking, 'open' | 'close' | 'openToken' | 'closeToken'>

/** Whether a prompt ends inside of the thinking, behind it, or says nothing of it. */
export type PromptEnd = 'opened' | 'closed' | 'neither'

/**
 * 'opened' where the last tag opens the thinking and nothing is behind it, as the template of DeepSeek-R1 makes it;
 * 'closed' where it closes it, as families with a no-think mode do.
 */
export function promptEnd(
  promptText: string,
  { open, close }: Pick<Tags, 'open' | 'close'>,
): PromptEnd {
  const text = promptText.trimEnd()
  if (text.endsWith(close)) return 'closed'
  return text.endsWith(open) ? 'opened' : 'neither'
}

/** What was generated, and what the model's tags are. */
export interface ThinkingInput extends Pick<Trace, 'text' | 'tokens' | 'tokenEnds'> {
  readonly tags: Tags
  readonly prompt: PromptEnd
}

/** The span of the first tag behind `from`, or null. */
function findTag(input: ThinkingInput, id: number | null, tag: string, from: Span): Span | null {
  const { text, tokens, tokenEnds } = input
  if (id !== null) {
    const token = tokens.indexOf(id, from.tokenEnd)
    if (token === -1) return null
    const charStart = token === 0 ? 0 : (tokenEnds[token - 1] ?? 0)
    const charEnd = tokenEnds[token] ?? charStart
    return { tokenStart: token, tokenEnd: token + 1, charStart, charEnd }
  }
  const charStart = text.indexOf(tag, from.charEnd)
  if (charStart === -1) return null
  const charEnd = charStart + tag.length
  return { ...tokenRange(tokenEnds, charStart, charEnd), charStart, charEnd }
}

const between = (before: Span, behind: Span): Span => ({
  tokenStart: before.tokenEnd,
  tokenEnd: behind.tokenStart,
  charStart: before.charEnd,
  charEnd: behind.charStart,
})

/**
 * Thinking ends at the first closing tag, else at the end, and then the answer is empty. It starts at the start where
 * the prompt opened it, else behind the first opening tag before that (text before it is in neither span), else at the
 * start. Where the prompt has closed it, all is answer. So without tags all of it is thinking, the rule of the seed
 * notebook, and what is behind a closing tag is never thinking again: who streams cannot know what is to come. A token
 * that holds the end of a tag and text behind it is in neither span, because its first character is in the tag.
 */
export function findThinking(input: ThinkingInput): Pick<Trace, 'thinking' | 'answer'> {
  const atStart = { tokenStart: 0, tokenEnd: 0, charStart: 0, charEnd: 0 }
  const { length: tokens } = input.tokens
  const { length: chars } = input.text
  const atEnd = { tokenStart: tokens, tokenEnd: tokens, charStart: chars, charEnd: chars }

  const { tags, prompt } = input
  if (prompt === 'closed') return { thinking: atStart, answer: between(atStart, atEnd) }
  const end = findTag(input, tags.closeToken, tags.close, atStart) ?? atEnd
  const opening = prompt === 'opened' ? null : findTag(input, tags.openToken, tags.open, atStart)
  const start = opening !== null && opening.charEnd <= end.charStart ? opening : atStart
  return { thinking: between(start, end), answer: between(end, atEnd) }
}

/* ---- starting again ----------------------------------------------------------------------- */

/** What was generated, without what an earlier segmentation, scoring or pruning made of it. */
export function baseOf(trace: Trace): Trace {
  const { version, model, messages, prompt, tokens, tokenEnds, logprobs, text } = trace
  const { thinking, answer, finish, sampling, millis } = trace
  const { templateArguments, looping, forcedClose, certainties, stepGraph, inFlight } = trace
  const generated = { tokens, tokenEnds, logprobs, text, thinking, answer, finish }
  const base = { version, model, messages, prompt, ...generated, sampling, millis }
  return {
    ...base,
    ...(templateArguments && { templateArguments }),
    ...(looping && { looping }),
    ...(forcedClose && { forcedClose }),
    ...(certainties && { certainties }),
    ...(stepGraph && { stepGraph }),
    ...(inFlight && { inFlight }),
  }
}
