/** Chats that come back: the reasoning of earlier turns, dropped or pruned before a model reads it again. */

import { checkKnown, number } from '../base/check.js'
import { type AskedMessage, prunedThought } from '../chat/index.js'
import type { Model } from '../index.js'
import { OpenHost } from './host.js'

/** What `pruneReasoningSteps` takes. */
export interface PruneReasoningOptions {
  /** Whose attention scores the steps; the model that answers may be any other. @default none: all reasoning is dropped */
  readonly model?: Model | undefined
  /** Share of the steps of each reasoning that stays, 0 to 1: the highest, at least one. @default 0.5 */
  readonly keep?: number | undefined
}

/** What is read of a part of a message, in the interfaces of `ai` 6 and 7 alike. */
export interface CallPart {
  readonly type: string
  readonly text?: string
  readonly providerOptions?: object
}

/** A message, in the interfaces of `ai` 6 and 7 alike. */
export interface CallMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string | readonly CallPart[]
}

/** What is read and changed of the parameters of a call. */
export interface CallParams {
  readonly prompt: readonly CallMessage[]
  readonly abortSignal?: AbortSignal | undefined
  readonly providerOptions?: Readonly<Record<string, object>> | undefined
}

/** A `LanguageModelV3Middleware`, and a V4: their calls differ in what is not touched here. */
export interface PruneReasoningMiddleware {
  readonly specificationVersion: 'v3'
  /** What `wrapLanguageModel` calls before each call. */
  readonly transformParams: <P extends CallParams>(options: { readonly params: P }) => Promise<P>
}

/**
 * For `wrapLanguageModel`: drops the reasoning of earlier turns, or with `model` keeps of it the steps that score highest. What
 * stays: the reasoning behind the last user message, which is still being answered; turns that are nothing else; and, with `model`,
 * reasoning that its provider has signed or encrypted (`providerOptions` beside it), which would be refused if it were changed. A turn
 * is pruned once, and the same way ever after.
 *
 * @throws TypeError or RangeError that names the option; (when a call comes) what `cotPrune` throws for a prompt
 */
export function pruneReasoningSteps(options: PruneReasoningOptions = {}): PruneReasoningMiddleware {
  checkKnown('options', options, ['model', 'keep'])
  const { model, keep = 0.5 } = options
  const share = number('options.keep', keep, { min: 0, max: 1 })
  const host =
    model === undefined
      ? null
      : new OpenHost('options.model', model, {
          parallel: 1,
          contextLength: null,
          threads: undefined,
        })
  return {
    specificationVersion: 'v3',
    transformParams: async ({ params }) => {
      const prompt = host === null ? dropped(params.prompt) : await pruned(host, share, params)
      const { providerOptions } = params
      // where the model that answers is one of ours, it is to read what was left
      const cotPrune = { history: 'keep', ...providerOptions?.cotPrune }
      return {
        ...params,
        prompt,
        ...(host !== null && { providerOptions: { ...providerOptions, cotPrune } }),
      }
    },
  }
}

/** Places of the turns whose reasoning is old, and that say something else, too. */
function oldTurns(prompt: readonly CallMessage[]): readonly number[] {
  const last = prompt.map(({ role }) => role).lastIndexOf('user')
  return prompt.flatMap(({ role, content }, i) =>
    role === 'assistant' &&
    i < last &&
    typeof content !== 'string' &&
    content.some(isReasoning) &&
    !content.every(isReasoning)
      ? [i]
      : [],
  )
}

const isReasoning = ({ type }: CallPart): boolean => type === 'reasoning'

function dropped(prompt: readonly CallMessage[]): readonly CallMessage[] {
  const turns = oldTurns(prompt)
  return prompt.map((message, i) =>
    turns.includes(i) && typeof message.content !== 'string'
      ? { ...message, content: message.content.filter(part => !isReasoning(part)) }
      : message,
  )
}

async function pruned(
  host: OpenHost,
  keep: number,
  { prompt, abortSignal }: CallParams,
): Promise<readonly CallMessage[]> {
  const signal = abortSignal ?? new AbortController().signal
  const turns = oldTurns(prompt)
  const result: CallMessage[] = []
  const asked: AskedMessage[] = []
  for (const [i, message] of prompt.entries()) {
    // no template of ours has a place for what tools said
    if (message.role !== 'tool') asked.push(askedOf(message.role, message.content))
    const { content } = message
    const reasoning = asked.at(-1)?.reasoning ?? ''
    if (!turns.includes(i) || typeof content === 'string' || reasoning.trim() === '') {
      result.push(message)
      continue
    }
    const left = await prunedThought(host, asked, asked.length - 1, { keep, signal })
    result.push({ ...message, content: withReasoning(content, left) })
  }
  return result
}

function askedOf(role: AskedMessage['role'], content: CallMessage['content']): AskedMessage {
  if (typeof content === 'string') return { role, content, reasoning: '' }
  const texts = (wanted: (part: CallPart) => boolean) =>
    content.filter(wanted).map(({ text = '' }) => text)
  return {
    role,
    content: texts(({ type }) => type === 'text').join(''),
    reasoning: texts(isOurs).join('\n\n'),
  }
}

/** Reasoning that may be changed: nobody has signed it. */
const isOurs = (part: CallPart): boolean =>
  isReasoning(part) &&
  Object.keys(part.providerOptions ?? {}).every(provider => provider === 'cotPrune')

/** In the place of the first of them. */
function withReasoning(content: readonly CallPart[], text: string): readonly CallPart[] {
  const first = content.findIndex(isOurs)
  return content.flatMap((part, i) =>
    i === first ? [{ ...part, text }] : isOurs(part) ? [] : [part],
  )
}
