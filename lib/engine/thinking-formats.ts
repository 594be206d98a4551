/**
 * How models mark their thinking: one row a format. Everything that opens, closes or looks for thinking
 * reads it from here. A new format is a row. Tags of harmony, Magistral, Cohere, Seed-OSS and R1 are those that public
 * parsers of these families read; docs/thinking-formats.md says what is unchecked.
 */

import type { ModelThinking, ThinkingChoice, ThinkingFormat } from '../../types/public.js'
import { checkKnown, isObject, keysOf, nonEmptyString } from '../base/check.js'
import { invalidType, invalidValue } from '../base/errors.js'

/** The tags as most families write them: each on a line of its own, a blank line before the answer. */
const tagged = (name: string, open: string, close: string): ThinkingFormat => ({
  name,
  open,
  close,
  opening: `${open}\n`,
  closing: `\n${close}\n\n`,
})

/** Formats whose tags are in no other's come first. */
export const thinkingFormats: readonly ThinkingFormat[] = [
  // gpt-oss: channels of one reply; the answer ends with <|return|>, a token that ends the generation
  {
    name: 'harmony',
    open: '<|channel|>analysis<|message|>',
    close: '<|end|><|start|>assistant<|channel|>final<|message|>',
    opening: '<|channel|>analysis<|message|>',
    closing: '<|end|><|start|>assistant<|channel|>final<|message|>',
  },
  // Magistral, Ministral reasoning
  tagged('magistral', '[THINK]', '[/THINK]'),
  // Cohere Command A Reasoning
  tagged('cohere', '<|START_THINKING|>', '<|END_THINKING|>'),
  // Seed-OSS
  tagged('seed', '<seed:think>', '</seed:think>'),
  // EXAONE Deep
  tagged('thought', '<thought>', '</thought>'),
  tagged('reasoning', '<reasoning>', '</reasoning>'),
  // DeepSeek R1 and its distillates, Qwen3, QwQ, GLM, Kimi, Nemotron, Granite, Hunyuan
  tagged('think', '<think>', '</think>'),
]

/** What text is closed with where a model has no format of its own: the papers' own tag. */
const fallback = tagged('think', '<think>', '</think>')

/** Asks for the answer where no tag does, and where it is wanted before the thinking is over. */
export const answerCue = '\n\nThe final answer is \\boxed{'

/** null: found by vocabulary and template. @throws TypeError that names the option */
export function resolveThinking(choice: ThinkingChoice | undefined): ThinkingFormat | null {
  if (choice === undefined) return null
  const name = 'options.thinking'
  const expected = `one of ${thinkingFormats.map(format => `'${format.name}'`).join(', ')}, or an object with open and close`
  if (typeof choice === 'string') {
    const found = thinkingFormats.find(format => format.name === choice)
    if (found !== undefined) return found
    throw invalidValue(name, expected, choice)
  }
  if (!isObject(choice)) throw invalidType(name, expected, choice)
  checkKnown(name, choice, keysOf<Exclude<ThinkingChoice, string>>({ open: true, close: true }))
  const open = nonEmptyString(`${name}.open`, choice.open)
  const close = nonEmptyString(`${name}.close`, choice.close)
  if (open === close) throw invalidValue(`${name}.close`, 'another text than open', close)
  return tagged('custom', open, close)
}

/** What is known of a vocabulary: the id of a text that is one token, else null. */
export type TokenOf = (text: string) => Promise<number | null>

/** `found` is null where a model has none; `used` closes text anyway. */
export interface FoundThinking {
  readonly found: ModelThinking | null
  readonly used: ModelThinking
}

/**
 * The format of a model: what was asked for, else the first whose closing tag is in its template, else the
 * first whose tags are both single tokens.
 */
export async function findThinkingFormat(
  asked: ThinkingFormat | null,
  chatTemplate: string | null,
  tokenOf: TokenOf,
): Promise<FoundThinking> {
  const withTokens = async (format: ThinkingFormat, from: ModelThinking['from']) => ({
    ...format,
    from,
    openToken: await tokenOf(format.open),
    closeToken: await tokenOf(format.close),
  })
  if (asked !== null) {
    const used = await withTokens(asked, 'option')
    return { found: used, used }
  }
  const named = thinkingFormats.find(({ close }) => chatTemplate?.includes(close))
  if (named !== undefined) {
    const used = await withTokens(named, 'template')
    return { found: used, used }
  }
  for (const format of thinkingFormats) {
    const used = await withTokens(format, 'vocabulary')
    if (used.openToken !== null && used.closeToken !== null) return { found: used, used }
  }
  return { found: null, used: await withTokens(fallback, 'vocabulary') }
}
