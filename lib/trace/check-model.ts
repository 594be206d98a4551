/** Whether a model can read a trace: its tokens have to mean the same. */

import type { Trace } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import type { Runtime } from '../engine/runtime.js'

/** @throws CotPruneError ERR_TRACE_MODEL */
export function checkModel(runtime: Pick<Runtime, 'model'>, trace: Trace): void {
  const { vocabularySize } = runtime.model.info
  if (trace.model.vocabularySize !== vocabularySize) {
    throw new CotPruneError(
      'ERR_TRACE_MODEL',
      `the trace was written by ${trace.model.name} with a vocabulary of ` +
        `${trace.model.vocabularySize}, this model has ${vocabularySize}`,
    )
  }
}
