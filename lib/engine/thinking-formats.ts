/**
 * How models mark their thinking: one row a format. Everything that opens, closes or looks for thinking
 * reads it from here. A new format is a row; the comment beside it says where its tags are from.
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

/** As they stand, for families that write nothing around them. */
const bare = (name: string, open: string, close: string): ThinkingFormat => ({
  name,
  open,
  close,
  opening: open,
  closing: close,
})

/** Formats whose tags are in no other's come first. */
export const thinkingFormats: readonly ThinkingFormat[] = [
  // gpt-oss: channels of one reply; the answer ends with <|return|>, a token that ends the generation. From OpenAI's
  // harmony guide and the family's template, which writes the two halves of the closing apart
  bare(
    'harmony',
    '<|channel|>analysis<|message|>',
    '<|end|><|start|>assistant<|channel|>final<|message|>',
  ),
  // Gemma 4: a channel too, of other tokens, and what is behind it is the answer. From Google's prompt formatting guide
  // and the template of the family in llama.cpp
  {
    name: 'gemma',
    open: '<|channel>thought',
    close: '<channel|>',
    opening: '<|channel>thought\n',
    closing: '\n<channel|>',
  },
  // Magistral, Ministral reasoning: Mistral's templates in llama.cpp
  tagged('magistral', '[THINK]', '[/THINK]'),
  // Command R7B, Command A Reasoning: the family's template in llama.cpp, the tags of its parsers and of answerTags
  bare('cohere', '<|START_THINKING|>', '<|END_THINKING|>'),
  // Seed-OSS: ByteDance's template in llama.cpp
  {
    name: 'seed',
    open: '<seed:think>',
    close: '</seed:think>',
    opening: '<seed:think>',
    closing: '</seed:think>\n',
  },
  // EXAONE Deep: the guidelines on its model card; its template opens the thinking in the prompt
  tagged('thought', '<thought>', '</thought>'),
  // no family's template was found with these: fine-tunes and prompts that ask for them
  tagged('reasoning', '<reasoning>', '</reasoning>'),
  // DeepSeek R1 and its distillates, Qwen3, QwQ, GLM, Kimi, Nemotron, Granite, Hunyuan: their templates
  tagged('think', '<think>', '</think>'),
]

/**
 * What some families put around the answer, behind the thinking: the answer is what is inside.
 */
export const answerTags: readonly { readonly open: string; readonly close: string }[] = [
  // Granite 3.3, whose template asks for it in the system turn
  { open: '<response>', close: '</response>' },
  // Hunyuan A13B, and models that are trained to R1-Zero's prompt
  { open: '<answer>', close: '</answer>' },
  // Cohere: Command R7B and Command A; North
  { open: '<|START_RESPONSE|>', close: '<|END_RESPONSE|>' },
  { open: '<|START_TEXT|>', close: '<|END_TEXT|>' },
  // GLM-4.1V and GLM-4.5V: a box of its own
  { open: '<|begin_of_box|>', close: '<|end_of_box|>' },
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
  // the first closing tag ends the thinking: none may be found in an opening one, nor the other way round
  if (open.includes(close) || close.includes(open)) {
    throw invalidValue(
      `${name}.close`,
      'another text than open, and no part of it or around it',
      close,
    )
  }
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
 * first whose opening tag is (a template may put the closing one together), else the first whose tags are both single
 * tokens.
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
  const named =
    thinkingFormats.find(({ close }) => chatTemplate?.includes(close)) ??
    thinkingFormats.find(({ open }) => chatTemplate?.includes(open))
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
