/**
 * cot-prune: which steps of a reasoning model's chain of thought matter, by the model's own
 * attention. In the order of the data:
 *
 *   loadModel → createSession → generate → segment → scoreSteps → prune → evaluate
 *
 * `segment` and `prune` are pure; the others need a session.
 *
 * @module cot-prune
 */

export type { NativeDevice, NativeSessionInfo } from '../types/native.js'
export type * from '../types/public.js'
export { CotPruneError, errorCodes } from './base/errors.js'
export { type Numbers, percentile } from './base/numeric.js'
export { type StrongLook, strongestLooks } from './base/strongest-looks.js'
export { type Cores, cores, waitPolicy } from './engine/cores.js'
export { type EmbeddedModel, embeddedModel } from './engine/embedded.js'
export { addonInfo, buildInfo, devices } from './engine/native.js'
export { type RpcServeOptions, serveRpc } from './engine/rpc-serve.js'
export { askRpcServers } from './engine/rpc-servers.js'
export type { ResolvedSampling, SamplingDefaults } from './engine/sampling.js'
export { thinkingFormats } from './engine/thinking-formats.js'
export {
  answerIn,
  answerPlace,
  extractAnswer,
  markedAnswer,
  ownAnswer,
  ownAnswerPlace,
} from './evaluate/answer.js'
export { answerSteps } from './evaluate/answer-steps.js'
export {
  answerChecker,
  answerGroups,
  canonicalAnswer,
  decideAnswer,
  sameAnswer,
} from './evaluate/canonical.js'
export { type CutOptions, cutTrace, resolveCut } from './evaluate/cut.js'
export { BatchedGeneration } from './generate/batch/batched-generation.js'
export { Generation } from './generate/generation.js'
export {
  type ResolvedGenerateOptions,
  resolveGenerateOptions,
  type ThinkingBudget,
} from './generate/options.js'
export { knownModels } from './hub/known-models.js'
export { type ListModelsOptions, listModels } from './hub/list-models.js'
export { memoryOf, modelMemory } from './hub/memory.js'
export type { RepositoryType } from './hub/names.js'
export { listHubFiles, resolveHubFile } from './hub/resolve-file.js'
export { resolveModel } from './hub/resolve-model.js'
export type { Reread } from './prune/in-flight/reread.js'
export { prune } from './prune/prune.js'
export { scoreWith } from './score/plain-scores.js'
export { scoreStepGraph } from './score/step-graph/graph-scores.js'
export {
  type ChainScore,
  type HeadChoice,
  HeadChooser,
  type HeadExample,
} from './score/step-graph/head-choice.js'
export { segment } from './segment/segment.js'
export { GenerationBatch } from './session/batch.js'
export { loadModel, Model, Session, type TokenizeOptions } from './session/model.js'
export { graphAggregates, graphReductions } from './trace/graph-names.js'
export { readTrace } from './trace/read.js'
