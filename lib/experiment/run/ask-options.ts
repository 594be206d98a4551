/** How problems are put to a model: what every experiment that generates has in common. */

import type {
  GenerateOptions,
  Message,
  ModelSampling,
  PromptOptions,
  SamplingOptions,
  TemplateArguments,
  ThinkingBudgetOptions,
} from '../../../types/public.js'
import { checkKnown, keysOf, string } from '../../base/check.js'
import { invalidValue } from '../../base/errors.js'
import { resolveGenerateOptions } from '../../index.js'
import type { Dataset, Problem } from '../datasets/types.js'

/** The seed is the experiment's. */
export interface AskOptions extends PromptOptions, ThinkingBudgetOptions {
  /** A system turn before each problem; a data set's own column `system` goes before it. @default none */
  readonly system?: string | undefined
  /**
   * How a problem is put, with `{problem}` where it stands: `'{problem}\\n\\nPut the answer in \\\\boxed{}.'`
   * @default as the data set's card asks, where it is a named one; else the problem alone
   */
  readonly prompt?: string | undefined
  /** @default what the preset says, else `model.info.sampling` */
  readonly sampling?: Omit<SamplingOptions, 'seed'> | undefined
}

/** With every default, as results depend on it. */
export interface ResolvedAsk {
  readonly system: string | null
  /** Missing where the problem stands alone. */
  readonly prompt?: string | undefined
  readonly templateArguments: TemplateArguments
  readonly thinkingBudget: number | null
  readonly thinkingBudgetMessage: string
  readonly sampling: UsedSampling
}

/** What tokens are drawn by, and who says so. */
export interface UsedSampling extends Omit<ModelSampling, 'from'> {
  readonly from: ModelSampling['from'] | 'options'
}

const askKeys = keysOf<AskOptions>({
  system: true,
  prompt: true,
  templateArguments: true,
  thinkingBudget: true,
  thinkingBudgetMessage: true,
  sampling: true,
})

const samplingKeys = keysOf<Omit<SamplingOptions, 'seed'>>({
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  repeatPenalty: true,
  presencePenalty: true,
  repeatWindow: true,
})

/**
 * @param preset what it says of sampling
 * @param model `model.info.sampling`
 * @throws TypeError or RangeError that names the option
 */
export function resolveAsk(
  ask: AskOptions = {},
  preset: SamplingOptions = {},
  model?: ModelSampling,
): ResolvedAsk {
  checkKnown('options.ask', ask, askKeys)
  checkKnown('options.ask.sampling', ask.sampling, samplingKeys)
  const { system, prompt, sampling = {}, ...how } = ask
  const given = { ...defined(preset), ...defined(sampling) }
  const { budget, ...resolved } = resolveGenerateOptions({ ...given, ...how }, model)
  const { seed: _, ...used } = resolved.sampling
  const from = Object.keys(given).length > 0 ? 'options' : (model?.from ?? 'greedy')
  return {
    system: system === undefined ? null : string('options.ask.system', system),
    ...(prompt !== undefined && prompt !== placeOfProblem && { prompt: checkPrompt(prompt) }),
    templateArguments: resolved.templateArguments,
    thinkingBudget: budget?.tokens ?? null,
    thinkingBudgetMessage: budget?.message ?? '',
    sampling: { ...used, from },
  }
}

/** Where the problem stands in a template. */
const placeOfProblem = '{problem}'

function checkPrompt(prompt: unknown): string {
  const template = string('options.ask.prompt', prompt)
  if (template.includes(placeOfProblem)) return template
  throw invalidValue('options.ask.prompt', `a text with ${placeOfProblem} in it`, prompt)
}

/** What is asked for, else what the data set says. */
export const askFor = ({ prompt }: Pick<Dataset, 'prompt'>, ask: AskOptions = {}): AskOptions =>
  prompt === undefined || ask.prompt !== undefined ? ask : { ...ask, prompt }

const defined = (options: SamplingOptions): SamplingOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/** The options of a generation; the caller adds the seed and the length. */
export function generationOptions({
  templateArguments,
  thinkingBudget,
  thinkingBudgetMessage,
  sampling: { from: _, ...sampling },
}: ResolvedAsk): GenerateOptions {
  return {
    ...sampling,
    templateArguments,
    ...(thinkingBudget !== null && { thinkingBudget, thinkingBudgetMessage }),
  }
}

export function messagesFor(
  { problem, system: own }: Pick<Problem, 'problem' | 'system'>,
  { system, prompt = placeOfProblem }: Pick<ResolvedAsk, 'system' | 'prompt'>,
): readonly Message[] {
  const before = own ?? system
  // the problem may have braces and dollars of its own
  const user = { role: 'user', content: prompt.replaceAll(placeOfProblem, () => problem) } as const
  return before === null ? [user] : [{ role: 'system', content: before }, user]
}
