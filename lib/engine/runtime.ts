/** What every job of a session works with. It knows nothing of the jobs, so that all may know it. */

import type { Branches } from './branches.js'
import type { Weights } from './weights.js'

export interface Runtime {
  readonly model: Weights
  readonly branches: Branches
}
