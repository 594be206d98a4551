/** Likelihoods of tokens, in the form of chats and in the older one of completions. */

import type { Likely } from '../../chat/index.js'
import type { Model } from '../../index.js'
import { allTokens, type TokenName, tokenNames } from './token-names.js'

interface ChatToken {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
}

export type ChatLogprobs = {
  readonly content: readonly (ChatToken & { readonly top_logprobs: readonly ChatToken[] })[]
}

const nothing: TokenName = { text: '', bytes: [] }

export async function chatLogprobs(
  model: Pick<Model, 'pieces'>,
  { tokens, logprobs, alternatives }: Likely,
  count: number,
): Promise<ChatLogprobs> {
  const names = await tokenNames(model, allTokens(tokens, alternatives))
  const entry = (token: number, logprob: number): ChatToken => {
    const { text, bytes } = names.get(token) ?? nothing
    return { token: text, logprob, bytes }
  }
  return {
    content: tokens.map((token, i) => ({
      ...entry(token, logprobs[i] ?? 0),
      top_logprobs: (alternatives[i] ?? [])
        .slice(0, count)
        .map(other => entry(other.token, other.logprob)),
    })),
  }
}

export interface LegacyLogprobs {
  readonly tokens: readonly string[]
  readonly token_logprobs: readonly (number | null)[]
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[] | null
  /** In code points, as Python counts. */
  readonly text_offset: readonly number[]
}

/** @param from where the first of the tokens begins in the text; negative where its first tokens are not in it */
export async function legacyLogprobs(
  model: Pick<Model, 'pieces'>,
  { tokens, logprobs, alternatives }: Likely,
  count: number,
  from = 0,
): Promise<LegacyLogprobs> {
  const names = await tokenNames(model, allTokens(tokens, alternatives))
  const name = (token: number) => names.get(token)?.text ?? ''
  let offset = from
  const offsets: number[] = []
  for (const token of tokens) {
    offsets.push(Math.max(0, offset))
    const { text, bytes } = names.get(token) ?? nothing
    // of a character in parts the first byte counts
    offset += text.startsWith('bytes:')
      ? bytes.some(byte => byte >= 0xc0)
        ? 1
        : 0
      : [...text].length
  }
  return {
    tokens: tokens.map(name),
    token_logprobs: logprobs,
    top_logprobs:
      count === 0
        ? null
        : tokens.map((token, i) => {
            const logprob = logprobs[i] ?? null
            if (logprob === null) return null
            const top: Record<string, number> = {}
            for (const other of (alternatives[i] ?? []).slice(0, count)) {
              top[name(other.token)] ??= other.logprob
            }
            // the token itself is always among them
            top[name(token)] ??= logprob
            return top
          }),
    text_offset: offsets,
  }
}
