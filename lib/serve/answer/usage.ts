/** What a request cost, in tokens. */

import type { Spent } from '../../chat/index.js'

export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details: { readonly cached_tokens: number }
  readonly completion_tokens_details: { readonly reasoning_tokens: number }
}

/** A prompt that several answers share is counted once. */
export function usageOf(
  answers: readonly Spent[],
  prompts: readonly Spent[] = answers.slice(0, 1),
): Usage {
  const sum = (of: readonly Spent[], key: keyof Spent) =>
    of.reduce((total, spent) => total + spent[key], 0)
  const [prompt, completion] = [sum(prompts, 'prompt'), sum(answers, 'completion')]
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: sum(prompts, 'cached') },
    completion_tokens_details: { reasoning_tokens: sum(answers, 'reasoning') },
  }
}
