/** Options of a model for the AI SDK, and those of one call of it. */

import {
  boolean,
  checkKnown,
  integer,
  isObject,
  keysOf,
  nonEmptyString,
  number,
  oneOf,
} from '../base/check.js'
import { invalidType } from '../base/errors.js'
import {
  type AskedPruning,
  askedEarlyExit,
  askedInFlight,
  type History,
  type HostOptions,
  histories,
} from '../chat/index.js'
import type { EarlyExitOptions, PruningOptions, TemplateArguments } from '../index.js'

/** For all calls, or in `providerOptions.cotPrune` for one. */
export interface CotPruneSettings {
  /**
   * Whether the steps of the reasoning are told with their scores. Such calls run one by one, as those with `pruning` or
   * `earlyExit` do. @default true
   */
  readonly steps?: boolean | undefined
  /**
   * Evict steps while the model thinks, as `GenerateOptions.pruning`; true for its defaults; the score 'step-graph' takes the heads
   * that are known for the model. @default false
   */
  readonly pruning?:
    | boolean
    | (Omit<PruningOptions, 'score'> & { readonly score?: PruningOptions['score'] | 'step-graph' })
    | undefined
  /** End the thinking as soon as the answer is sure. @default false */
  readonly earlyExit?: boolean | EarlyExitOptions | undefined
  /** Most tokens of the thinking, which ends behind a step; 0: none, -1: no limit. @default -1 */
  readonly thinkingBudget?: number | undefined
  /** What becomes of the reasoning of earlier turns. @default 'drop' */
  readonly history?: History | undefined
  /** Share of the steps of earlier reasoning that stays with `history: 'prune'`, 0 to 1. @default 0.5 */
  readonly historyKeep?: number | undefined
  /** Variables of the chat template. */
  readonly templateArguments?: TemplateArguments | undefined
}

/** What `cotPrune` takes beside the model. */
export interface CotPruneOptions extends CotPruneSettings {
  /** What the SDK calls the model. @default the name in its file */
  readonly id?: string | undefined
  /** Calls without `steps`, `pruning` and `earlyExit` that share a batch, 1 to 64. @default 4 */
  readonly parallel?: number | undefined
  /** Tokens of one call, prompt included. @default the trained context, at most 8192 */
  readonly contextLength?: number | undefined
  /** Threads that decode; as of `createSession`. */
  readonly threads?: number | undefined
}

export interface ResolvedSettings {
  readonly pruning: AskedPruning
  readonly thinkingBudget: number | undefined
  readonly history: History
  readonly templateArguments: TemplateArguments
}

const settingKeys = keysOf<CotPruneSettings>({
  steps: true,
  pruning: true,
  earlyExit: true,
  thinkingBudget: true,
  history: true,
  historyKeep: true,
  templateArguments: true,
})
const optionKeys = ['id', 'parallel', 'contextLength', 'threads'] as const

/** @throws TypeError or RangeError that names the setting, behind `name` */
export function resolveSettings(name: string, settings: CotPruneSettings): ResolvedSettings {
  checkKnown(name, settings, settingKeys)
  const { steps = true, thinkingBudget, history = 'drop', historyKeep = 0.5 } = settings
  const { pruning, earlyExit, templateArguments = {} } = settings
  const budget = { min: -1, max: 2 ** 24 }
  if (!isObject(templateArguments)) {
    throw invalidType(`${name}.templateArguments`, 'an object', templateArguments)
  }
  return {
    pruning: {
      ...askedInFlight(`${name}.pruning`, pruning),
      earlyExit: askedEarlyExit(`${name}.earlyExit`, earlyExit),
      steps: boolean(`${name}.steps`, steps),
      historyKeep: number(`${name}.historyKeep`, historyKeep, { min: 0, max: 1 }),
    },
    thinkingBudget:
      thinkingBudget === undefined
        ? undefined
        : integer(`${name}.thinkingBudget`, thinkingBudget, budget),
    history: oneOf(`${name}.history`, history, histories),
    templateArguments,
  }
}

export interface ResolvedOptions extends HostOptions {
  readonly id: string | null
  /** Checked, and not resolved: a call's own go before them. */
  readonly settings: CotPruneSettings
}

/** @throws TypeError or RangeError that names the option */
export function resolveOptions(options: CotPruneOptions = {}): ResolvedOptions {
  checkKnown('options', options, [...optionKeys, ...settingKeys])
  const { id, parallel = 4, contextLength, threads, ...settings } = options
  resolveSettings('options', settings)
  const whole = (name: string, value: number | undefined, min: number, max: number) =>
    value === undefined ? undefined : integer(`options.${name}`, value, { min, max })
  return {
    id: id === undefined ? null : nonEmptyString('options.id', id),
    parallel: integer('options.parallel', parallel, { min: 1, max: 64 }),
    contextLength: whole('contextLength', contextLength, 256, 2 ** 24) ?? null,
    threads: whole('threads', threads, 1, 512),
    settings,
  }
}
