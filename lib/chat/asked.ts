/** What is asked of a chat, whoever asks: a request of the server, or a call of the AI SDK. */

import { isObject } from '../base/check.js'
import { invalidType } from '../base/errors.js'
import type {
  EarlyExitOptions,
  Message,
  PruningOptions,
  SamplingOptions,
  TemplateArguments,
} from '../index.js'

/** What becomes of the reasoning of earlier assistant turns: left out, put in again pruned by score, or put in whole. */
export type History = 'drop' | 'prune' | 'keep'
/** What may become of the reasoning of earlier turns, by name; `History` says what each does. */
export const histories = ['drop', 'prune', 'keep'] as const satisfies readonly History[]

export interface AskedMessage extends Message {
  /** What an earlier answer was thought out with; '' where nothing came along. */
  readonly reasoning: string
}

export interface AskedThinking {
  /** Most tokens of the thinking; 0: none at all; null: as many as it likes. */
  readonly budget: number | null
  /** In place of a budget in tokens: a share of what may be written. */
  readonly share: number | null
  readonly templateArguments: TemplateArguments
}

export interface AskedPruning {
  /** As `GenerateOptions.pruning`; null: none. */
  readonly inFlight: PruningOptions | null
  /** By the step graph of the heads that are known for the model. */
  readonly byStepGraph: boolean
  readonly earlyExit: EarlyExitOptions | null
  /** Whether steps and their scores are told. */
  readonly steps: boolean
  /** Share of the steps of old thoughts that stays, with 'prune'. */
  readonly historyKeep: number
}

export interface AskedChat {
  readonly messages: readonly AskedMessage[]
  readonly sampling: SamplingOptions
  /** null: as many as fit. */
  readonly maxTokens: number | null
  /** Of the content alone. */
  readonly stop: readonly string[]
  readonly thinking: AskedThinking
  readonly pruning: AskedPruning
  /** How many alternatives are told of each token of the answer; null: not even the token's own likelihood. */
  readonly alternatives: number | null
}

/** Pruning in flight: false is none, true the defaults, and the score 'step-graph' the known heads of the model. */
export function askedInFlight(
  name: string,
  given: unknown,
): Pick<AskedPruning, 'inFlight' | 'byStepGraph'> {
  const options = switched(name, given)
  if (options === null) return { inFlight: null, byStepGraph: false }
  const { score, ...rest }: { readonly score?: unknown } = options
  // the seam: `session.generate` checks what is in it
  if (score !== 'step-graph') return { inFlight: options as PruningOptions, byStepGraph: false }
  return { inFlight: rest, byStepGraph: true }
}

/** @see askedInFlight */
export const askedEarlyExit = (name: string, given: unknown): EarlyExitOptions | null =>
  switched(name, given)

function switched(name: string, given: unknown): object | null {
  if (given === undefined || given === false) return null
  if (given === true) return {}
  if (isObject(given)) return given
  throw invalidType(name, 'an object or a boolean', given)
}

/** Nobody's seed is a random one, or every first answer would be the same; -1 is as good as none. */
export const seedOr = (seed: number | undefined): number =>
  seed === undefined || seed === -1 ? Math.floor(Math.random() * 2 ** 32) : seed >>> 0

/** Of the tokens that may be written, as OpenRouter shares them out. */
const shares = { minimal: 0.1, low: 0.2, medium: 0.5, high: 0.8, xhigh: 0.95 } as const
export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/**
 * Budgets in tokens, efforts in words, variables of the template.
 * @param tokens 0 is no thinking, -1 no limit; it goes before the effort
 */
export function askedThinking(
  tokens: number | undefined,
  effort: (typeof efforts)[number] | undefined,
  given: TemplateArguments,
): AskedThinking {
  const off = tokens === 0 || (tokens === undefined && effort === 'none')
  const shared = tokens === undefined && effort !== undefined
  return {
    budget: off ? 0 : tokens === undefined || tokens === -1 ? null : tokens,
    share: shared && effort !== 'none' && effort !== 'max' ? shares[effort] : null,
    templateArguments: {
      ...(effort !== undefined && effort !== 'none' && { reasoning_effort: effort }),
      ...(off && { enable_thinking: false, thinking: false }),
      ...given,
    },
  }
}
