/**
 * Which heads follow the needed steps: found on labelled traces, judged on kinds of problems that were not
 * used to choose them.
 */

import type {
  GraphAggregate,
  HeadRef,
  Model,
  SegmentedTrace,
  Session,
  StepGraph,
} from '../index.js'
import { scoreStepGraph } from '../index.js'
import { checkKnown, integer, keysOf } from '../options/check.js'
import { labelledTrace } from './separation.js'
import { auc, mean, spread } from './stats.js'
import type { LabelledTrace, Separation } from './types.js'

export interface CalibrationOptions {
  readonly model: Model
  readonly session: Session
  readonly traces: readonly LabelledTrace[]
  /** How many are chosen. @default 4 */
  readonly heads?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onTrace?: ((done: number, total: number) => void) | undefined
}

export interface Calibration {
  /** The best ones, the best first. */
  readonly heads: readonly HeadRef[]
  readonly aggregate: GraphAggregate
  /** On kinds that were not used to choose. */
  readonly auc: number
  readonly halfWidth: number
  readonly kinds: readonly string[]
  /** The same for each kind, chosen on all others; and all heads without choosing. */
  readonly rows: readonly Separation[]
  /** Every head alone, with the aggregate, the best first. */
  readonly ranking: readonly (HeadRef & { readonly auc: number })[]
}

/** A trace with everything that any choice of heads could want to know. */
interface Judged {
  readonly kind: string
  readonly trace: SegmentedTrace
  readonly graph: StepGraph
  /** Shape (steps − 1): the last one is always needed and left out. */
  readonly needed: readonly boolean[]
  /** Shape (heads) for each aggregate; null where the trace has only one sort of steps. */
  readonly alone: Readonly<Record<GraphAggregate, readonly (number | null)[]>>
}

const keys = keysOf<CalibrationOptions>({
  model: true,
  session: true,
  traces: true,
  heads: true,
  signal: true,
  onTrace: true,
})
const aggregates = ['mean', 'root', 'sum'] as const satisfies readonly GraphAggregate[]

/**
 * One prefill a trace, all heads at every token. Heads are ranked by the AUC of their own scores, the
 * aggregate is the one in which the best ones are best.
 *
 * @throws RangeError that names the option; CotPruneError as `session.stepGraph`
 */
export async function calibrateHeads(options: CalibrationOptions): Promise<Calibration> {
  checkKnown('options', options, keys)
  const { model, traces, onTrace, signal } = options
  const all = allHeads(model.info)
  const count = integer('options.heads', options.heads ?? 4, { min: 1, max: all.length })
  const judged: Judged[] = []
  for (const [index, labelled] of traces.entries()) {
    signal?.throwIfAborted()
    judged.push(await judge(options, labelled, all))
    onTrace?.(index + 1, traces.length)
  }
  const kinds = [...new Set(judged.map(({ kind }) => kind))]
  const chosen = choose(judged, count)
  const ofKinds = kinds.map(kind => {
    const others = judged.filter(trace => trace.kind !== kind)
    const own = judged.filter(trace => trace.kind === kind)
    return { kind, aucs: aucsOf(own, choose(others.length > 0 ? others : own, count)) }
  })
  const found = ofKinds.flatMap(({ aucs }) => aucs)
  return {
    heads: chosen.heads.flatMap(head => all[head] ?? []),
    aggregate: chosen.aggregate,
    auc: mean(found) ?? Number.NaN,
    halfWidth: spread(found),
    kinds,
    rows: [
      ...ofKinds.map(({ kind, aucs }) => rowOf(`${count} heads, judged on ${kind}`, aucs)),
      rowOf(`${count} heads, chosen on other kinds`, found),
      ...aggregates.map(aggregate => {
        const every = { heads: all.map((_, head) => head), aggregate }
        return rowOf(`all heads, ${aggregate}`, aucsOf(judged, every))
      }),
    ],
    ranking: rank(judged, chosen.aggregate).flatMap(({ head, auc: area }) => {
      const ref = all[head]
      return ref === undefined ? [] : [{ ...ref, auc: area }]
    }),
  }
}

const allHeads = ({ layers, heads }: Model['info']): HeadRef[] =>
  Array.from({ length: layers * heads }, (_, i) => ({
    layer: Math.floor(i / heads),
    head: i % heads,
  }))

async function judge(
  { model, session, signal }: CalibrationOptions,
  labelled: LabelledTrace,
  heads: readonly HeadRef[],
): Promise<Judged> {
  const trace = await labelledTrace(model, labelled)
  const graph = await session.stepGraph(trace, { heads, signal })
  const needed = labelled.steps.map((_, i) => labelled.needed.includes(i)).slice(0, -1)
  const aloneIn = (aggregate: GraphAggregate) =>
    (scoreStepGraph(trace, graph, { aggregate }).headScores ?? []).map(({ scores }) =>
      auc(scores.slice(0, -1), needed),
    )
  const alone = { mean: aloneIn('mean'), root: aloneIn('root'), sum: aloneIn('sum') }
  return { kind: labelled.kind, trace, graph, needed, alone }
}

/** Heads by index, and how their scores treat length. */
interface Choice {
  readonly heads: readonly number[]
  readonly aggregate: GraphAggregate
}

function rank(judged: readonly Judged[], aggregate: GraphAggregate) {
  const heads = judged[0]?.alone[aggregate].length ?? 0
  const ranked = Array.from({ length: heads }, (_, head) => ({
    head,
    auc: mean(judged.flatMap(({ alone }) => alone[aggregate][head] ?? [])) ?? 0,
  }))
  return ranked.sort((a, b) => b.auc - a.auc || a.head - b.head)
}

function choose(judged: readonly Judged[], count: number): Choice {
  const choices = aggregates.map(aggregate => {
    const heads = rank(judged, aggregate)
      .slice(0, count)
      .map(({ head }) => head)
    return { heads, aggregate, auc: mean(aucsOf(judged, { heads, aggregate })) ?? 0 }
  })
  return choices.reduce((best, choice) => (choice.auc > best.auc ? choice : best))
}

function aucsOf(judged: readonly Judged[], { heads, aggregate }: Choice): number[] {
  return judged.flatMap(({ trace, graph, needed }) => {
    const some = {
      ...graph,
      heads: heads.flatMap(head => graph.heads[head] ?? []),
      looks: heads.flatMap(head => (graph.looks[head] ? [graph.looks[head]] : [])),
    }
    const { scores } = scoreStepGraph(trace, some, { aggregate })
    return auc(scores.slice(0, -1), needed) ?? []
  })
}

const rowOf = (score: string, aucs: readonly number[]): Separation => ({
  score,
  auc: mean(aucs) ?? Number.NaN,
  halfWidth: spread(aucs),
  traces: aucs.length,
  effectRank: null,
})
