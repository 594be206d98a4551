/** What scoring needs of a session: a model, and a branch to look from. */

import type { Branches } from '../engine/branches.js'
import type { Runtime } from '../engine/runtime.js'

export interface Looking extends Pick<Runtime, 'model'> {
  readonly branches: Pick<
    Branches,
    | 'scratch'
    | 'count'
    | 'contextLength'
    | 'batchSize'
    | 'length'
    | 'check'
    | 'share'
    | 'fill'
    | 'extendMany'
    | 'drop'
    | 'dropScratch'
    | 'makeRoom'
  >
}

/** Looks from one branch beside others that are in use: what is on those stays, and may be shared. */
export function lookFrom({ model, branches }: Runtime, branch: number): Looking {
  return {
    model,
    branches: {
      scratch: branch,
      // home, and this one
      count: 2,
      contextLength: branches.contextLength,
      batchSize: branches.batchSize,
      // whoever hands out branches has seen to it
      length: () => 0,
      check: tokens => branches.check(tokens),
      share: (...given) => branches.share(...given),
      fill: (...given) => branches.fill(...given),
      extendMany: (...given) => branches.extendMany(...given),
      drop: () => branches.drop(branch),
      dropScratch: () => branches.drop(branch),
      makeRoom: async () => {},
    },
  }
}
