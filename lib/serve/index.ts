/**
 * Models behind the API that OpenAI's clients speak, and a page that shows which thoughts matter.
 *
 * @module cot-prune/serve
 */

export { type History, histories } from '../chat/index.js'
export type { ToldHistory, ToldInFlight, ToldPruning, ToldStep } from './answer/told-pruning.js'
export type { ServedModel, ServeOptions } from './options.js'
export { type RunningServer, serve } from './server.js'
