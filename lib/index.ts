/**
 * cot-prune: which steps of a reasoning model's chain of thought matter, by the model's own
 * attention. In the order of the data:
 *
 *   loadModel → createSession → generate → segment → scoreSteps → prune → evaluate
 *
 * `segment` and `prune` are pure; the others need a session.
 */

export type * from '../types/public.js'
export { extractAnswer, sameAnswer } from './answer.js'
export { type EmbeddedModel, embeddedModel } from './embedded.js'
export { CotPruneError, errorCodes } from './errors.js'
export { Generation } from './generate.js'
export { loadModel, Model, type TokenizeOptions } from './model.js'
export { buildInfo, devices } from './native.js'
export { percentile } from './numeric.js'
export { prune } from './prune.js'
export { scoreWith } from './score-with.js'
export { segment } from './segment.js'
export { Session } from './session.js'
export { scoreStepGraph } from './step-graph/scores.js'
export { readTrace } from './trace.js'
