/** Chats with a model that thinks, for whoever speaks another language: the server, the AI SDK. */

export {
  type AskedChat,
  type AskedMessage,
  type AskedPruning,
  type AskedThinking,
  askedEarlyExit,
  askedInFlight,
  askedThinking,
  efforts,
  type History,
  histories,
  seedOr,
} from './asked.js'
export { Chat, type ChatAnswer, type ChatEvent, type Likely, roomFor, type Spent } from './chat.js'
export { type Delta, Deltas, type EndState } from './deltas.js'
export { prunedThought, type ToldHistory } from './history.js'
export { ChatHost, type HostOptions } from './host.js'
export { primed } from './primed.js'
export type { Told, ToldInFlight, ToldStep, ToldSteps } from './told.js'
