/** What a worker opens for a run, by its kind. */

import type { OpenWorkplace, WorkSpec } from '../../../cluster/index.js'
import { CotPruneError } from '../../../index.js'
import type { LocalFlags } from './local.js'
import { openRunPlace, type RunOptions } from './run-work.js'

type KnownSpec = WorkSpec<'run', RunOptions>

export const opener =
  (flags: LocalFlags): OpenWorkplace =>
  async (spec, signal) => {
    if (isKnown(spec)) return openRunPlace(spec, flags, signal)
    const what = `this worker does not know how to ${spec.kind}: it is of another version`
    throw new CotPruneError('ERR_QUEUE', what)
  }

/** The seam where options that came as JSON get their type: those of another version are refused before. */
const isKnown = (spec: WorkSpec): spec is KnownSpec => spec.kind === 'run'
