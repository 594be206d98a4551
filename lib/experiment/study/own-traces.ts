/** Traces that the model writes itself: no one knows which of their steps are needed. */

import type { SegmentedTrace, SegmentOptions } from '../../index.js'
import { segment } from '../../index.js'
import type { Dataset } from '../datasets/types.js'
import {
  type AskOptions,
  askFor,
  generationOptions,
  messagesFor,
  resolveAsk,
} from '../run/ask-options.js'
import type { ExperimentSession } from '../run/types.js'

/** What `ownTraces` takes. */
export interface OwnTracesOptions {
  readonly session: Pick<ExperimentSession, 'generate' | 'clear' | 'model'>
  readonly dataset: Dataset
  /** Traces with fewer are left out: there is nothing to rank. @default 4 */
  readonly leastSteps?: number | undefined
  /** Which steps. @default the defaults of `segment` */
  readonly segmenting?: SegmentOptions | undefined
  /** @default 4096 */
  readonly maxTokens?: number | undefined
  /** How the problems are put to the model. */
  readonly ask?: AskOptions | undefined
  /** Problem i is generated with seed + i. @default 0 */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called behind each trace, with how many are done. */
  readonly onTrace?: ((done: number, total: number) => void) | undefined
}

/** A trace that the model wrote itself, in steps. */
export interface OwnTrace {
  readonly id: string
  readonly kind: string
  readonly trace: SegmentedTrace
  /** The right one; null where nobody knows it. */
  readonly answer: string | null
}

/** Problems without a kind are dealt out to so many, to choose on some and to judge on others. */
const folds = 5

/** Solve each problem once. Traces that ran out of tokens, or have too few steps, are left out. @throws as `session.generate`; `signal.reason` */
export async function ownTraces(options: OwnTracesOptions): Promise<readonly OwnTrace[]> {
  const { session, dataset, leastSteps = 4, maxTokens = 4096, segmenting } = options
  const { seed = 0, signal, onTrace } = options
  const ask = resolveAsk(askFor(dataset, options.ask), {}, session.model.info?.sampling)
  const found: OwnTrace[] = []
  for (const [index, problem] of dataset.problems.entries()) {
    const { id, kind, answer, verifiedAnswer } = problem
    signal?.throwIfAborted()
    await session.clear()
    const asked = { ...generationOptions(ask), maxTokens, seed: (seed + index) >>> 0, signal }
    const whole = await session.generate(messagesFor(problem, ask), asked).finish()
    onTrace?.(index + 1, dataset.problems.length)
    if (whole.finish === 'length' || whole.thinking.tokenEnd === whole.thinking.tokenStart) continue
    const trace = segment(whole, segmenting)
    if (trace.steps.length < leastSteps) continue
    const right = verifiedAnswer === undefined ? answer : verifiedAnswer
    found.push({ id, kind: kind ?? `part ${(index % folds) + 1}`, trace, answer: right })
  }
  return found
}
