/** The ways to score that a run compares, by name. */

import type {
  ChosenHeads,
  Observer,
  ScoreOptions,
  Scorer,
  ScorerName,
  SegmentedTrace,
  StepGraph,
} from '../../../types/public.js'
import { array, isObject } from '../../base/check.js'
import { builtInOrOwn } from '../../base/choice.js'
import { invalidValue } from '../../base/errors.js'
import { scoreStepGraph, scoreWith } from '../../index.js'
import { methodNames, observerNames, scorerNames } from './names.js'
import { layersOf, looksOf } from './pictures.js'
import type { ExperimentSession, Method, MethodChoice, Preset } from './types.js'

interface Attention {
  readonly session: Pick<ExperimentSession, 'scoreSteps' | 'stepGraph'>
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
  const scorer = scorerNames.find(name => name === choice) ?? (hasScore(choice) ? choice : null)
  if (scorer !== null) return plainMethod(scorer, option)
  const { session, preset, heads, signal } = attention
  if (choice === 'attention') {
    const scoring = { ...preset.scoring, signal }
    const score: Method['score'] = trace => session.scoreSteps(trace, scoring)
    return { name: choice, score, picture: layersSeen(session, scoring) }
  }
  if (choice === 'step-graph') {
    if (heads !== undefined) return stepGraphMethod(heads, attention)
    const expected = "a method without options.heads, which 'step-graph' reads"
    throw invalidValue(option, expected, choice)
  }
  const observer = observerNames.find(name => name === choice)
  if (observer === undefined && typeof choice === 'string') {
    const names = methodNames.map(name => `'${name}'`).join(', ')
    throw invalidValue(option, `one of ${names}, or an observer or scorer of one's own`, choice)
  }
  const own = observer ?? builtInOrOwn<Observer>(option, choice, [], 'observe')
  // scores of single tokens: where a budget cuts into a step, its lowest tokens go
  const scoring = { ...preset.scoring, observer: own, perToken: true, signal }
  return {
    name: nameOf(own),
    score: trace => session.scoreSteps(trace, scoring),
    picture: layersSeen(session, scoring),
  }
}

/** Head by head, beside the scores, which are those of all heads summed. */
const layersSeen =
  (session: Attention['session'], { perToken: _, ...scoring }: ScoreOptions): Method['picture'] =>
  async trace =>
    layersOf(await session.scoreSteps(trace, { ...scoring, perHead: true }))

const nameOf = (choice: string | { readonly name: string }): string =>
  typeof choice === 'string' ? choice : choice.name

const hasScore = (choice: unknown): choice is Scorer => isObject(choice) && 'score' in choice

function plainMethod(choice: ScorerName | Scorer, option: string): Method {
  const scorer = typeof choice === 'string' ? choice : builtInOrOwn(option, choice, [], 'score')
  const score: Method['score'] = async (trace, seed) => scoreWith(trace, scorer, { seed })
  return { name: nameOf(scorer), score }
}

function stepGraphMethod(chosen: ChosenHeads, { session, signal }: Attention): Method {
  const { heads, score } = chosen
  const read = new WeakMap<SegmentedTrace, Promise<StepGraph>>()
  const graphOf = (trace: SegmentedTrace): Promise<StepGraph> => {
    if (trace.stepGraph !== undefined) return Promise.resolve(trace.stepGraph)
    const graph = read.get(trace) ?? session.stepGraph(trace, { heads, signal })
    read.set(trace, graph)
    return graph
  }
  return {
    name: 'step-graph',
    heads: chosen,
    score: async trace => scoreStepGraph(trace, await graphOf(trace), score),
    picture: async trace => looksOf(await graphOf(trace)),
  }
}
