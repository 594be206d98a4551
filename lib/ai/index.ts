/**
 * A model for the AI SDK, whose reasoning is scored and pruned, and a middleware for chats that come back.
 *
 * @module cot-prune/ai
 */

export type { EndState, History, ToldHistory, ToldInFlight, ToldStep } from '../chat/index.js'
export { cotPrune } from './language-model.js'
export type { CotPruneMetadata } from './metadata.js'
export {
  type CallMessage,
  type CallParams,
  type CallPart,
  type PruneReasoningMiddleware,
  type PruneReasoningOptions,
  pruneReasoningSteps,
} from './middleware.js'
export type { CotPruneOptions, CotPruneSettings } from './options.js'
