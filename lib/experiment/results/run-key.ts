/** What the results of a run depend on, so that only those of the same run are put together. */

import type { BuildInfo, ModelInfo } from '../../../types/public.js'
import { answerChecker } from '../../index.js'
import type { Dataset } from '../datasets/types.js'
import { planOf } from '../run/run.js'
import type { ExperimentOptions } from '../run/types.js'
import { sha256, sha256OfFile } from './files.js'
import { summaryContext } from './summary.js'
import type { RunFile } from './types.js'

/** What an experiment runs on. */
export interface RunSource {
  readonly model: Pick<ModelInfo, 'name' | 'path' | 'chatTemplate' | 'thinking'>
  readonly contextLength: number | undefined
  readonly build: BuildInfo
  /** As a report repeats them. */
  readonly command?: string | undefined
  readonly machine?: string | undefined
}

/**
 * Describe a run for its folder; reads the whole model file, for its sha256.
 *
 * @throws TypeError or RangeError that names the option; CotPruneError ERR_MODEL_NOT_FOUND
 */
export async function describeRun(options: ExperimentOptions, source: RunSource): Promise<RunFile> {
  const { preset, ask, methods, thresholds, samples, askAgain, seed, dataset, ...plan } =
    planOf(options)
  const { resume, hideAnswer } = plan
  const { description: _, faults: __, ...settings } = preset
  const { model, contextLength, build, command, machine } = source
  return {
    version: 1,
    key: {
      model: await sha256OfFile(model.path),
      dataset: sha256OfProblems(dataset),
      contextLength: contextLength ?? null,
      thinking: tagsOf(model.thinking),
      chatTemplate: model.chatTemplate === null ? null : sha256(model.chatTemplate),
      ask,
      seed,
      samples,
      askAgain,
      resume,
      hideAnswer,
      // the notebook's own patterns do not change
      ...(preset.loop === 'standard' && { checker: answerChecker }),
      methods: methods.map(({ name }) => name),
      heads: methods.find(({ heads }) => heads !== undefined)?.heads ?? null,
      thresholds,
      preset: settings,
    },
    model: { name: model.name, path: model.path },
    context: summaryContext(options),
    limit: options.limit ?? null,
    shard: options.shard ?? null,
    build,
    ...(command !== undefined && { command }),
    ...(machine !== undefined && { machine }),
  }
}

export const tagsOf = (thinking: ModelInfo['thinking']) =>
  thinking === null ? null : { open: thinking.open, close: thinking.close }

export function sha256OfProblems({ problems }: Dataset): string {
  const rows = problems.map(
    ({ id, problem, answer, verifiedAnswer, system, alternatives = [] }) => [
      id,
      problem,
      answer,
      verifiedAnswer,
      ...(system === undefined ? [] : [system]),
      ...(alternatives.length === 0 ? [] : [{ alternatives }]),
    ],
  )
  return sha256(JSON.stringify(rows))
}

/** Where two values differ first, as text; null where they say the same. Pure. */
export function firstDifference(
  left: unknown,
  right: unknown,
  path = '',
): { readonly path: string; readonly left: string; readonly right: string } | null {
  const [a, b] = [JSON.stringify(left), JSON.stringify(right)]
  if (a === b) return null
  if (!isRecord(left) || !isRecord(right)) return { path, left: String(a), right: String(b) }
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = firstDifference(left[key], right[key], path === '' ? key : `${path}.${key}`)
    if (found !== null) return found
  }
  return null // the same keys in another order
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
