/** The ways to score that a run compares, by name. */

import { invalidValue } from '../errors.js'
import { scoreStepGraph, scoreWith } from '../index.js'
import { resolveObserver } from '../observers/index.js'
import { array, isObject } from '../options/check.js'
import { resolveScorer } from '../scorers/index.js'
import type { ChosenHeads } from './heads.js'
import { methodNames, observerNames, scorerNames } from './names.js'
import type { ExperimentSession, Method, MethodChoice, Preset } from './types.js'

interface Attention {
  readonly session: ExperimentSession
  readonly preset: Preset
  readonly heads: ChosenHeads | undefined
  readonly signal: AbortSignal | undefined
}

/** @throws TypeError for an unknown name, an object that cannot score, or two of one name */
export function methodsOf(choices: readonly MethodChoice[], attention: Attention): Method[] {
  const list = array('options.methods', choices, 'an array of methods')
  if (list.length === 0) throw invalidValue('options.methods', 'at least one method', choices)
  const methods = list.map((choice, i) => methodOf(choice, attention, `options.methods[${i}]`))
  const names = methods.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw invalidValue('options.methods', 'methods of different names', twice)
  return methods
}

function methodOf(choice: unknown, attention: Attention, option: string): Method {
  const isScorer = scorerNames.some(name => name === choice)
  if (isScorer || (isObject(choice) && 'score' in choice)) {
    const scorer = resolveScorer(choice)
    return { name: scorer.name, score: async (trace, seed) => scoreWith(trace, scorer, { seed }) }
  }
  const { session, preset, heads, signal } = attention
  if (choice === 'attention') {
    const score: Method['score'] = trace => session.scoreSteps(trace, { ...preset.scoring, signal })
    return { name: choice, score }
  }
  if (choice === 'step-graph') {
    if (heads !== undefined) return stepGraphMethod(heads, attention)
    const expected = "a method without options.heads, which 'step-graph' reads"
    throw invalidValue(option, expected, choice)
  }
  if (typeof choice === 'string' && !observerNames.some(name => name === choice)) {
    const names = methodNames.map(name => `'${name}'`).join(', ')
    throw invalidValue(option, `one of ${names}, or an observer or scorer of one's own`, choice)
  }
  const observer = resolveObserver(choice, preset.scoring.window ?? 8)
  // scores of single tokens: where a budget cuts into a step, its lowest tokens go
  const scoring = { ...preset.scoring, observer, perToken: true, signal }
  return { name: observer.name, score: trace => session.scoreSteps(trace, scoring) }
}

function stepGraphMethod(chosen: ChosenHeads, { session, signal }: Attention): Method {
  const { heads, score } = chosen
  return {
    name: 'step-graph',
    heads: chosen,
    score: async trace => {
      const graph = trace.stepGraph ?? (await session.stepGraph(trace, { heads, signal }))
      return scoreStepGraph(trace, graph, score)
    },
  }
}
