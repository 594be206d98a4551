/** What the seed notebook's loop needs of a session, and how it sees a trace. */

import type { Message, ModelSampling } from '../../../../types/public.js'

/** What its scores need of a session; the `Session` of the core fits. */
export interface NotebookScorer {
  readonly model: {
    /** null: no thinking format was found. */
    readonly info?: { readonly thinking: unknown; readonly sampling?: ModelSampling } | undefined
    /** As `Model.renderChat`. */
    renderChat(
      messages: readonly Message[],
      options: { readonly addGenerationPrompt: boolean },
    ): Promise<{ readonly text: string; readonly tokens: readonly number[] }>
    /** As `Model.tokenize`. */
    tokenize(
      text: string,
      options: { readonly addSpecial?: boolean; readonly parseSpecial: boolean },
    ): Promise<readonly number[]>
  }
  /** As `Session.attention`: the mean row over all heads, shape (1, 1, tokens). */
  attention(
    tokens: readonly number[],
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly data: Float32Array }>
}

/** The seed's view of a trace: steps with normalised importance, and the text around them. */
export interface NotebookScores {
  readonly steps: readonly {
    readonly index: number
    readonly text: string
    readonly importance: number
  }[]
  readonly thinking: string
  readonly answer: string
  /** Of the conversation that was read again. */
  readonly decodedTokens: number
}
