/** The session that a run has: with room for as many problems as it has in flight. */

import type { ExperimentOptions } from '../../experiment/index.js'
import { CotPruneError, type Model, type SessionOptions } from '../../index.js'

/** What of a run its session depends on. */
export interface RunSessionOptions
  extends Pick<ExperimentOptions, 'parallel' | 'preset' | 'methods' | 'signal'> {
  /** Tokens of one chain. */
  readonly context: number | undefined
  readonly threads: number | undefined
}

/** As many in flight as were asked for, or as fit. @throws CotPruneError ERR_OUT_OF_MEMORY, ERR_CONTEXT_CREATE */
export async function openRunSession(
  options: RunSessionOptions,
  model: Model,
): Promise<Pick<ExperimentOptions, 'session' | 'parallel'>> {
  const { threads, signal } = options
  let failure: unknown
  for (const parallel of parallelOf(options, model)) {
    try {
      const shares = sharesOf(options, model, parallel)
      return { session: await model.createSession({ ...shares, threads, signal }), parallel }
    } catch (error) {
      const full = error instanceof CotPruneError && fullCodes.includes(error.code)
      if (!full) throw error
      failure ??= error
    }
  }
  throw failure
}

/** What one chain may hold. */
export const oneContext = (context: number | undefined, info: Model['info']): number =>
  context ?? Math.min(info.trainedContext, 8192)

/** For each that runs at once the context that one alone would have. */
function sharesOf(
  { context }: RunSessionOptions,
  { info }: Model,
  parallel: number,
): SessionOptions {
  if (parallel === 1) return { contextLength: context }
  // the answers of one problem beside the chains of others: they share most of their cells
  const branches = Math.min(256, Math.max(2 * parallel, 8))
  const contextLength = parallel * oneContext(context, info)
  // without it each token computes the cells of all chains, and masks those of the others
  return { branches, contextLength, flashAttention: true }
}

/** On a GPU as many as there is memory for; on a CPU one, whose records depend on no other problem. */
function parallelOf(
  { parallel, preset, methods }: RunSessionOptions,
  { info }: Model,
): readonly number[] {
  if (parallel !== undefined) return [parallel]
  const alone = preset === 'notebook' || methods?.includes('confidence-traac') === true
  return info.gpuLayers > 0 && !alone ? [16, 8, 4, 2, 1] : [1]
}

/** What a context says for which there is no memory. */
const fullCodes: readonly string[] = ['ERR_OUT_OF_MEMORY', 'ERR_CONTEXT_CREATE']
