/** The experiment: every problem of a data set, pruned at every threshold and answered again. */

import { array, checkKnown, integer, keysOf, number, oneOf, signal } from '../options/check.js'
import { solveNotebookProblem } from './notebook-problem.js'
import { presetNames, presets } from './presets.js'
import { solveProblem } from './problem.js'
import type { ExperimentOptions, Plan, Preset, ProblemResult } from './types.js'

/**
 * Yields the result of each problem as soon as it is there, so that an interruption costs one
 * problem. Nothing runs until the first one is asked for.
 *
 * @throws TypeError or RangeError that names the option, at the call
 */
export function runExperiment(
  options: ExperimentOptions,
): AsyncGenerator<ProblemResult, void, undefined> {
  return solveAll(planOf(options))
}

async function* solveAll(plan: Plan): AsyncGenerator<ProblemResult, void, undefined> {
  const solve = plan.preset.loop === 'notebook' ? solveNotebookProblem : solveProblem
  const total = plan.problems.length
  for (const [index, problem] of plan.problems.entries()) {
    plan.signal?.throwIfAborted()
    plan.emit({ type: 'problem', index, total, id: problem.id })
    const result = await solve(plan, problem, index)
    plan.emit({ type: 'result', total, result })
    yield result
  }
}

const optionKeys = keysOf<ExperimentOptions>({
  session: true,
  dataset: true,
  preset: true,
  thresholds: true,
  limit: true,
  seed: true,
  maxTokens: true,
  signal: true,
  onEvent: true,
})

/** Check the options and put defaults in; what a summary needs to know is in the plan as well. */
export function planOf(options: ExperimentOptions): Plan {
  checkKnown('options', options, optionKeys)
  const { session, dataset, limit, seed = 0, onEvent } = options
  const preset = presetOf(options.preset)
  const { thresholds = preset.thresholds, maxTokens = preset.maxTokens } = options
  const count = { min: 1, max: 2 ** 31 - 1 }
  return {
    session,
    dataset,
    preset,
    problems: dataset.problems.slice(
      0,
      limit === undefined ? undefined : integer('options.limit', limit, count),
    ),
    thresholds: thresholdsOf(thresholds),
    seed: integer('options.seed', seed, { min: 0, max: 2 ** 32 - 1 }),
    maxTokens: integer('options.maxTokens', maxTokens, count),
    signal: signal('options.signal', options.signal) ?? undefined,
    emit: event => onEvent?.(event),
  }
}

function presetOf(preset: ExperimentOptions['preset'] = 'recommended'): Preset {
  return typeof preset === 'object' ? preset : presets[oneOf('options.preset', preset, presetNames)]
}

/** Ascending and distinct. 0 is always there: it costs nothing and all differences refer to it. */
function thresholdsOf(values: readonly number[]): readonly number[] {
  const share = { min: 0, max: 1 }
  const list = array('options.thresholds', values, 'an array of numbers from 0 to 1')
  const checked = list.map((value, i) => number(`options.thresholds[${i}]`, value, share))
  return [...new Set([0, ...checked])].sort((a, b) => a - b)
}
