/** A problem of the page: the thinking as it is written, then its steps, scored by every method. */

import {
  type GenerateOptions,
  type Generation,
  ownAnswer,
  type ScoredTrace,
  type SegmentedTrace,
  type Session,
  scoreStepGraph,
  scoreWith,
  segment,
} from '../../index.js'
import type { HostedModel } from '../run/hosted-model.js'
import type { KeptTraces } from './kept-traces.js'
import type { PageEvent, PageResult } from './page-events.js'

export interface PageQuestion {
  readonly problem: string
  readonly maxTokens: number
  readonly seed: number
  readonly temperature: number | undefined
}

/** The data of each event. The caller has a turn. */
export async function* solve(
  host: HostedModel,
  { problem, maxTokens, seed, temperature }: PageQuestion,
  kept: KeptTraces,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const session = await host.solo()
  const heads = await host.heads()
  const options: GenerateOptions = {
    maxTokens,
    seed,
    temperature,
    signal,
    ...(heads && { stepGraph: { heads: heads.heads, score: heads.score } }),
  }
  const generation = session.generate([{ role: 'user', content: problem }], options)
  let told = 0
  for await (const chunk of generation) {
    if (chunk.text !== '') yield said({ type: 'text', phase: chunk.phase, text: chunk.text })
    for (const event of newSteps(generation, told)) {
      told++
      yield said(event)
    }
  }
  const trace = segment(await generation.finish())
  const scored = await scoreAll(host, session, trace, seed, signal)
  const id = kept.keep({ host, scored })
  yield said({ type: 'done', result: resultOf(id, trace, scored) })
}

const said = (event: PageEvent): string => JSON.stringify(event)

/** Steps that were finished since, and what they look at; their texts come with the trace. */
function newSteps({ stepGraph }: Generation, told: number): PageEvent[] {
  if (stepGraph === null) return []
  return stepGraph.steps.slice(told).map((_, i) => ({
    type: 'step',
    looks: stepGraph.looks.map(rows => (rows[told + i] ?? []).slice(0, told + i)),
  }))
}

async function scoreAll(
  host: HostedModel,
  session: Session,
  trace: SegmentedTrace,
  seed: number,
  signal: AbortSignal,
): Promise<{ readonly method: string; readonly trace: ScoredTrace }[]> {
  if (trace.steps.length === 0) return []
  const heads = await host.heads()
  const attention = await session.scoreSteps(trace, { observer: 'last-token', signal })
  return [
    ...(heads && trace.stepGraph
      ? [{ method: 'step-graph', trace: scoreStepGraph(trace, trace.stepGraph, heads.score) }]
      : []),
    { method: 'last-token', trace: attention },
    ...(['confidence', 'length', 'recency', 'random'] as const).map(method => ({
      method,
      trace: scoreWith(trace, method, { seed }),
    })),
  ]
}

function resultOf(
  id: string,
  trace: SegmentedTrace,
  scored: readonly { readonly method: string; readonly trace: ScoredTrace }[],
): PageResult {
  const { steps, text, finish, splitter, answer, stepGraph = null, looping = false } = trace
  return {
    id,
    methods: scored.map(({ method }) => method),
    trace: {
      text,
      steps: steps.map(({ charStart, charEnd }) => [charStart, charEnd]),
      tokens: steps.map(({ tokenStart, tokenEnd }) => tokenEnd - tokenStart),
      scores: scored.map(({ trace: { scores } }) => scores),
      hidden: [],
      // the page draws the graph that it watched
      looks: [],
      layers: [],
      seed: trace.sampling.seed,
      splitter,
      finish,
      rows: [],
      floor: null,
      recorded: null,
    },
    graph: stepGraph,
    answer: text.slice(answer.charStart, answer.charEnd).trim(),
    value: ownAnswer(trace).value,
    looping,
    tokens: trace.tokens.length,
  }
}
