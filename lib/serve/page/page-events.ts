/** What the server tells the page. Types only. */

import type { StepGraph } from '../../../types/public.js'
import type { PageTrace } from '../../report/html/page-data.js'

/** Of a thinking that is being written. */
export type PageEvent =
  | { readonly type: 'text'; readonly phase: 'thinking' | 'answer'; readonly text: string }
  /** A step that is finished, and what it pays to those before: shape (heads, steps before). */
  | { readonly type: 'step'; readonly looks: readonly (readonly number[])[] }
  | { readonly type: 'done'; readonly result: PageResult }
  | { readonly type: 'error'; readonly message: string }

export interface PageResult {
  /** By which the server knows the trace. */
  readonly id: string
  /** Those that scored; the first prunes by the threshold, the others keep as many tokens. */
  readonly methods: readonly string[]
  readonly trace: PageTrace
  readonly graph: StepGraph | null
  readonly answer: string
  /** The value of the answer; null where there is none. */
  readonly value: string | null
  readonly looping: boolean
  readonly tokens: number
}

/** What the model answers to what is left. */
export interface PageAnswered {
  readonly method: string
  readonly threshold: number
  readonly steps: number
  readonly tokens: number
  readonly text: string
  readonly value: string | null
}
