/** `cot-prune/ai`: a model for the AI SDK, whose reasoning is scored and pruned, and a middleware for chats that come back. */

export type { History } from '../chat/index.js'
export { cotPrune } from './language-model.js'
export type { CotPruneMetadata } from './metadata.js'
export {
  type PruneReasoningMiddleware,
  type PruneReasoningOptions,
  pruneReasoningSteps,
} from './middleware.js'
export type { CotPruneOptions, CotPruneSettings } from './options.js'
