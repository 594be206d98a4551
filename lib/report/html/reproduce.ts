/** What is needed to get the same results again. */

import type { ExperimentSummary, RunFile } from '../../experiment/index.js'
import { escaped, isolated } from './escape.js'

export function reproduce(
  summary: ExperimentSummary,
  run: RunFile | null,
  date: string | null,
): string {
  const { dataset, seed, finished, samples } = summary
  const solved = Math.ceil(finished / samples)
  const facts: (readonly [string, string])[] =
    run === null ? [['Seed', String(seed)]] : runFacts(run, seed)
  const all = [
    ...facts,
    ['Problems', `${isolated(dataset.name)}, ${solved} of ${dataset.problems}`] as const,
    ...(summary.faults.length === 0
      ? []
      : [['Faults of the preset', listOf(summary.faults)] as const]),
    ...(date === null ? [] : [['Finished', escaped(date)] as const]),
  ]
  return `<dl class="reproduce">${all.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('\n')}</dl>`
}

const mono = (text: string): string => `<code>${escaped(text)}</code>`

function runFacts({ key, model, build, command, machine }: RunFile, seed: number) {
  const { preset } = key
  const unknown = 'not recorded by the version that made these results'
  return [
    ['Command', command === undefined ? unknown : mono(command)],
    ['Seed', String(seed)],
    ['Model', isolated(model.name || model.path)],
    ['Model, sha256', mono(key.model)],
    ['Data set, sha256', mono(key.dataset)],
    ['Rule', `${escaped(preset.rule)}; ${protectedText(preset.protect)}`],
    ['cot-prune', escaped(build.version)],
    ['llama.cpp', `${escaped(build.llamaVersion)}, commit ${mono(build.llamaCommit)}`],
    ['Patch, sha256', mono(build.patchSha256)],
    ['Backends', escaped(build.backends.join(', '))],
    ['Machine', machine === undefined ? unknown : escaped(machine)],
  ] as const satisfies (readonly [string, string])[]
}

const listOf = (texts: readonly string[]): string => texts.map(escaped).join('<br>')

function protectedText({ first = 0, last = 0 }: RunFile['key']['preset']['protect']): string {
  const stay = [
    ...(first > 0 ? [`the first ${first}`] : []),
    ...(last > 0 ? [`the last ${last}`] : []),
  ]
  return stay.length === 0
    ? 'no step is protected'
    : `of the steps ${stay.join(' and ')} stay always`
}
