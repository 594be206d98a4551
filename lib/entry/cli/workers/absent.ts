/** The session of who hands the work out: it says what the model says, and computes nothing. */

import { CotPruneError, type Model } from '../../../index.js'

const refuse = (): never => {
  throw new CotPruneError('ERR_QUEUE', 'workers compute, and not who hands the work out')
}

/** Fits where options of a run or a compression are checked and described. */
export const withoutSession = (model: Model, context?: number) => ({
  model,
  info: { contextLength: context ?? Math.min(model.info.trainedContext, 8192) },
  attention: refuse,
  generate: refuse,
  scoreSteps: refuse,
  stepGraph: refuse,
  stepGraphs: refuse,
  tokenLogprobs: refuse,
  evaluateAll: refuse,
  clear: refuse,
  batch: refuse,
})
