/** Results from plain JavaScript, checked for what files of results have to hold. */

import { CotPruneError, render } from '../../base/errors.js'
import { resultShape } from './shapes.js'

/** Check what says it is the results of a run. @throws CotPruneError ERR_RESULTS that names the place and the field */
export function checkResults(results: readonly unknown[]): void {
  for (const [place, value] of results.entries()) {
    const found = resultShape(value)
    if (found === null) continue
    const { path, expected, received } = found
    const what = `results[${place}]${path} must be ${expected}. Received ${render(received)}`
    throw new CotPruneError('ERR_RESULTS', what)
  }
}
