/** Heads for a model, chosen: what `calibrate`, `run --calibrate` and `study` share. */

import {
  type Calibration,
  calibrateByDeletion,
  calibrateByFuture,
  calibrateHeads,
  type Dataset,
  type FutureCalibration,
  type LabelledTrace,
  labelledTrace,
  type OwnTrace,
  ownTraces,
  readLabelledTraces,
  studyTraces,
} from '../../experiment/index.js'
import type { Model, Session } from '../../index.js'
import { type AskFlags, askOf } from './ask-flags.js'
import { type DatasetFlags, openFlagged } from './dataset-flags.js'
import { ofEveryKind } from './every-kind.js'
import { counted, type QuietFlag } from './progress.js'
import { type SegmentFlags, segmentingOf } from './segmenting.js'

export interface Loaded {
  readonly model: Model
  readonly session: Session
}

/** Where labelled traces come from. */
export interface LabelFlags extends QuietFlag {
  readonly traces?: string
  readonly limit?: number
}

/** Where problems come from, and how they are solved. */
export interface ProblemFlags extends DatasetFlags, AskFlags, SegmentFlags {
  readonly limit?: number
  readonly maxTokens?: number
}

/** On labelled traces. */
export async function calibrateOnLabels(
  { model, session }: Loaded,
  flags: LabelFlags,
  heads?: number,
): Promise<Calibration> {
  const traces = await labelledTraces(flags)
  return counted('calibrating', flags, onTrace =>
    calibrateHeads({ model, session, traces, heads, onTrace }),
  )
}

/** On traces that the model writes first, or on those of a file, whose labels are not looked at. */
export async function calibrateOnDeletion(
  { model, session }: Loaded,
  flags: ProblemFlags & LabelFlags,
  heads?: number,
): Promise<Calibration> {
  const traces = flags.traces ? await readTraces(model, flags) : await writeTraces(session, flags)
  return counted('leaving steps out', flags, onTrace =>
    calibrateByDeletion({ model, session, traces, heads, onTrace }),
  )
}

/** On the same traces, by what is looked at later. */
export async function calibrateOnFuture(
  { model, session }: Loaded,
  flags: ProblemFlags & LabelFlags,
  heads?: number,
): Promise<FutureCalibration> {
  const traces = flags.traces ? await readTraces(model, flags) : await writeTraces(session, flags)
  return counted('looking ahead', flags, onTrace =>
    calibrateByFuture({ model, session, traces, heads, onTrace }),
  )
}

export async function labelledTraces(flags: LabelFlags): Promise<readonly LabelledTrace[]> {
  const traces = await (flags.traces ? readLabelledTraces(flags.traces) : studyTraces())
  return flags.limit === undefined ? traces : ofEveryKind(traces, flags.limit)
}

/** Texts that somebody else wrote, as if the model had. */
async function readTraces(model: Model, flags: LabelFlags): Promise<readonly OwnTrace[]> {
  const labelled = await labelledTraces(flags)
  return Promise.all(
    labelled.map(async given => {
      const trace = await labelledTrace(model, given)
      return { id: given.id, kind: given.kind, trace, answer: null }
    }),
  )
}

export async function writeTraces(
  session: Session,
  flags: ProblemFlags,
): Promise<readonly OwnTrace[]> {
  const dataset = limitedDataset(await openFlagged(flags), flags.limit)
  const how = {
    session,
    dataset,
    maxTokens: flags.maxTokens,
    segmenting: segmentingOf(flags),
    ask: askOf(flags),
  }
  return counted('thinking', flags, onTrace => ownTraces({ ...how, onTrace }))
}

export const limitedDataset = (dataset: Dataset, limit: number | undefined): Dataset =>
  limit === undefined ? dataset : { ...dataset, problems: ofEveryKind(dataset.problems, limit) }
