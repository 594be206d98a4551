import type { GgufValue } from './gguf.d.mts'

export interface TinyVocabulary {
  /** Bytes (id = byte), merged pairs, control tokens, think tags, filler words. */
  readonly tokens: readonly string[]
  /** Shape (tokens): 1 normal, 3 control, 4 user-defined. */
  readonly types: readonly number[]
  readonly merges: readonly string[]
}

/** Begin of sentence, user, assistant, end of sentence. */
export const controlTokens: readonly string[]
export const thinkTags: readonly string[]
/** @param size filled up with words that only a model can write. @default the smallest */
export function tinyVocabulary(size?: number): TinyVocabulary
export function vocabularyMetadata(
  vocabulary: TinyVocabulary,
  template: string | null,
): Record<string, GgufValue>
/**
 * A template like that of the R1 distills; of an assistant's message only what is behind
 * `</think>` stays. @param generationPrompt as it stands in a jinja string literal
 */
export function chatTemplate(generationPrompt: string): string
/** `think` opens the thinking in the prompt, as R1's template does; `plain` leaves it to the model. */
export const templates: { readonly think: string; readonly plain: string }
