/** What goes along with a generation here: the step graph of its tokens, pruning, an early exit. */

import type { NativeRows } from '../../../types/native.js'
import type { HeadRef, InFlightEvent, StepGraph, Trace } from '../../../types/public.js'
import type { RowReduction } from '../../engine/branches.js'
import type { Runtime } from '../../engine/runtime.js'
import type { Companion, Happened } from '../../generate/companion.js'
import { scoreStepGraph } from '../../score/step-graph/graph-scores.js'
import { LiveStepGraph } from '../../score/step-graph/live-graph.js'
import { whileWriting } from '../../segment/options.js'
import { segment } from '../../segment/segment.js'
import { LivePruning, stepEvent } from './live-pruning.js'
import type { ResolvedInFlight } from './options.js'

export class PruningCompanion implements Companion {
  readonly heads: readonly HeadRef[] | null
  readonly #runtime: Runtime
  readonly #options: ResolvedInFlight
  readonly #graph: LiveStepGraph | null
  #pruning: LivePruning | null = null
  #stepsTold = 0

  constructor(runtime: Runtime, options: ResolvedInFlight, promptTokens: number) {
    const { stepGraph } = options
    this.#runtime = runtime
    this.#options = options
    this.heads = stepGraph?.heads ?? null
    this.#graph =
      stepGraph && new LiveStepGraph(stepGraph.heads, stepGraph.segmenting, promptTokens)
  }

  reduction(): RowReduction | undefined {
    return this.#graph?.reduction()
  }

  async begin(soFar: Trace): Promise<void> {
    this.#pruning = await LivePruning.open(this.#runtime, this.#options, this.#graph, soFar)
  }

  get room(): number | null {
    return this.#pruning?.room ?? null
  }

  get untilLook(): number {
    return this.#pruning?.untilLook ?? Number.POSITIVE_INFINITY
  }

  took(first: number, count: number, rows: NativeRows | null): void {
    this.#pruning?.append(count)
    if (rows !== null) this.#graph?.add(first, rows)
  }

  read(soFar: Trace): void {
    this.#graph?.close(soFar)
  }

  async happen(soFar: Trace): Promise<Happened> {
    return (await this.#pruning?.happen(soFar)) ?? { events: this.#told(soFar), exit: null }
  }

  /** Without pruning: which steps are finished, and what all of them are worth now. */
  #told(soFar: Trace): InFlightEvent[] {
    const { stepGraph } = this.#options
    if (this.#graph === null || stepGraph === null) return []
    const trace = segment(soFar, whileWriting(stepGraph.segmenting))
    const finished = { ...trace, steps: trace.steps.slice(0, -1) }
    const added = finished.steps.slice(this.#stepsTold)
    if (added.length === 0) return []
    this.#stepsTold = finished.steps.length
    const { scores } = scoreStepGraph(finished, this.#graph.graph(), stepGraph.score)
    const at = soFar.tokens.length
    const steps = finished.steps.map(({ index }) => index)
    return [...added.map(stepEvent), { type: 'scored', at, name: 'step-graph', steps, scores }]
  }

  ended(count: number): void {
    this.#pruning?.ended(count)
  }

  get stepGraph(): StepGraph | null {
    return this.#graph?.graph() ?? null
  }

  async close(): Promise<void> {
    await this.#pruning?.close()
  }

  record(trace: Trace): Trace {
    const inFlight = this.#pruning?.record
    const recorded = inFlight === undefined ? trace : { ...trace, inFlight }
    if (this.#graph === null) return recorded
    this.#graph.close(recorded, true)
    return { ...recorded, stepGraph: this.#graph.graph() }
  }
}
