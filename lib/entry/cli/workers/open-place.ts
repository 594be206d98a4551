/** What a worker opens for a run, by its kind. */

import type { OpenWorkplace, WorkSpec } from '../../../cluster/index.js'
import { CotPruneError } from '../../../index.js'
import { type CompressOptions, openCompressPlace } from './compress-work.js'
import type { LocalFlags } from './local.js'
import { openRunPlace, type RunOptions } from './run-work.js'

type KnownSpec = WorkSpec<'run', RunOptions> | WorkSpec<'compress', CompressOptions>

export const opener =
  (flags: LocalFlags): OpenWorkplace =>
  async (spec, signal) => {
    if (isKnown(spec)) return openKnown(spec, flags, signal)
    const what = `this worker does not know how to ${spec.kind}: it is of another version`
    throw new CotPruneError('ERR_QUEUE', what)
  }

/** The seam where options that came as JSON get their type: those of another version are refused before. */
const isKnown = (spec: WorkSpec): spec is KnownSpec =>
  spec.kind === 'run' || spec.kind === 'compress'

const openKnown = (spec: KnownSpec, flags: LocalFlags, signal: AbortSignal) =>
  spec.kind === 'run' ? openRunPlace(spec, flags, signal) : openCompressPlace(spec, flags, signal)
