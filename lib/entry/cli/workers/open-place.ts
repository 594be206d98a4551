/** What a worker opens for a run, by its kind. */

import type { OpenWorkplace, Workplace, WorkSpec } from '../../../cluster/index.js'
import { CotPruneError } from '../../../index.js'
import { type CompressOptions, openCompressPlace } from './compress-work.js'
import type { LocalFlags } from './local.js'
import { openRunPlace, type RunOptions } from './run-work.js'
import { openStudyPlace, type StudyQuestionShared } from './study-work.js'

type KnownSpec =
  | WorkSpec<'run', RunOptions>
  | WorkSpec<'compress', CompressOptions>
  | WorkSpec<'study', StudyQuestionShared>

export const opener =
  (flags: LocalFlags): OpenWorkplace =>
  async (spec, signal) => {
    if (isKnown(spec)) return openKnown(spec, flags, signal)
    const what = `this worker does not know how to ${spec.kind}: it is of another version`
    throw new CotPruneError('ERR_QUEUE', what)
  }

/** The seam where options that came as JSON get their type: those of another version are refused before. */
const isKnown = (spec: WorkSpec): spec is KnownSpec =>
  ['run', 'compress', 'study'].includes(spec.kind)

function openKnown(spec: KnownSpec, flags: LocalFlags, signal: AbortSignal): Promise<Workplace> {
  if (spec.kind === 'run') return openRunPlace(spec, flags, signal)
  if (spec.kind === 'compress') return openCompressPlace(spec, flags, signal)
  return openStudyPlace(spec, flags, signal)
}
