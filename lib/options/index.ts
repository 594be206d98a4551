/**
 * The one place where options are checked and defaults applied. Each resolve function takes what a
 * user passed, throws an argument error that names the option, and returns every option set.
 */

export {
  type ResolvedEvaluateOptions,
  type ResolvedGenerateOptions,
  type ResolvedLikelihoodOptions,
  type ResolvedPrompt,
  type ResolvedRolloutOptions,
  type ResolvedSampling,
  resolveEvaluateOptions,
  resolveGenerateOptions,
  resolveLikelihoodOptions,
  resolvePromptInput,
  resolveRolloutOptions,
  resolveSampling,
} from './generate.js'
export type { ResolvedEarlyExit, ResolvedPruning } from './in-flight.js'
export {
  type ResolvedModelOptions,
  type ResolvedSessionOptions,
  resolveModelOptions,
  resolveSessionOptions,
} from './model.js'
export {
  type ResolvedGraphScore,
  type ResolvedLiveGraph,
  type ResolvedStepGraphOptions,
  resolveGraphScore,
  resolveStepGraphOptions,
} from './step-graph.js'
export {
  type ResolvedPruneOptions,
  type ResolvedScoreOptions,
  type ResolvedSegmentOptions,
  resolvePruneOptions,
  resolveScoreOptions,
  resolveSegmentOptions,
} from './steps.js'
