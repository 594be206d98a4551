/** The parts of a study: each measures one thing, or says in a sentence why this model cannot show it. */

import type { Model, Session } from '../../../index.js'
import { CotPruneError } from '../../../index.js'
import type { Dataset } from '../../datasets/types.js'
import { summarize, summaryContext } from '../../results/summary.js'
import type { AskOptions } from '../../run/ask-options.js'
import type { MethodName } from '../../run/names.js'
import type { ProblemResult } from '../../run/result-types.js'
import { runExperiment } from '../../run/run.js'
import type { ExperimentSession } from '../../run/types.js'
import { answerLikelihoods } from '../answer-likelihood.js'
import { type Calibration, calibrateHeads, headsWithout } from '../calibration.js'
import { calibrateByDeletion } from '../deletion.js'
import { summarizeInFlight } from '../in-flight-summary.js'
import { type InFlightVariant, runInFlight } from '../in-flight-variants.js'
import { nextSteps } from '../next-step.js'
import { type OwnTrace, ownTraces } from '../own-traces.js'
import { resumeCurve } from '../resume-curve.js'
import { compressions, type StudiedTrace, separations, studySteps } from '../separation.js'
import { type SolvedProblem, summarizeSolved } from '../solve-problems.js'
import type { LabelledTrace } from '../types.js'
import { type InFlightName, inFlightNames, type StudyPart } from './part-names.js'
import type { Outcome, StudyData } from './types.js'

/** What the parts are made from, put together once for all of them. */
export interface StudyInput {
  readonly model: Model
  readonly session: Session
  readonly dataset: Dataset
  readonly labelled: readonly LabelledTrace[]
  readonly heads?: number | undefined
  readonly ask?: AskOptions | undefined
  readonly maxTokens: number
  readonly seed: number
  readonly shares: readonly number[]
  readonly inFlight: readonly InFlightName[]
  readonly signal?: AbortSignal | undefined
}

export interface Study extends StudyInput {
  /** Hands out the traces of `solved`. */
  readonly replay: ExperimentSession
  readonly solved: readonly SolvedProblem[]
  /** On the labelled traces of this study: what judges by these takes the heads chosen without their kind. */
  calibration(): Calibration
  /** What several parts read: made once. */
  readonly shared: Shared
  readonly at: (done: number, total: number) => void
}

export interface Shared {
  labelled?: Promise<readonly StudiedTrace[]>
  own?: Promise<readonly OwnTrace[]>
}

const thresholds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
const methods = [
  'attention',
  'step-graph',
  'last-token',
  'think-clearly',
  'traac',
  'recency',
  'random',
] as const satisfies readonly MethodName[]

type Parts = { readonly [P in StudyPart]: (study: Study) => Promise<Outcome<StudyData[P]>> }

const found = <T>(data: T): Outcome<T> => ({ skipped: null, data })
const skipped = (why: string): Outcome<never> => ({ skipped: why, data: null })

export const studyParts: Parts = {
  async calibration({ model, session, labelled: traces, heads, signal, at: onTrace }) {
    return found(await calibrateHeads({ model, session, traces, heads, signal, onTrace }))
  },

  async labels(study) {
    return found(separations(await labelledStudied(study)))
  },

  async compression(study) {
    return found(compressions(await labelledStudied(study), thresholds))
  },

  async effects(study) {
    return found(separations(await studied(study, study.labelled, true)))
  },

  async 'next-step'(study) {
    const { model, session, labelled: traces, signal, at: onTrace } = study
    return found(
      await nextSteps({ model, session, traces, heads: headsFor(study), signal, onTrace }),
    )
  },

  async traces({ solved }) {
    return found(summarizeSolved(solved))
  },

  async own(study) {
    const traces = await own(study)
    if (traces.length === 0) return skipped(noSteps(study))
    const scored = await studied(study, traces, true)
    const { session, signal, at: onTrace } = study
    const answers = await answerLikelihoods({
      session,
      traces,
      studied: scored,
      removed: [0.5],
      modes: ['continue', 'evict'],
      signal,
      onTrace,
    })
    return found({ rows: separations(scored), answers })
  },

  async deletion(study) {
    const traces = await own(study)
    if (traces.length === 0) return skipped(noSteps(study))
    const { model, session, heads, signal, at: onTrace } = study
    try {
      return found(await calibrateByDeletion({ model, session, traces, heads, signal, onTrace }))
    } catch (error) {
      // leaving out a step makes no difference to any of them
      if (!CotPruneError.is(error, 'ERR_DATASET')) throw error
      return skipped('In none of its own traces does it matter which step is left out.')
    }
  },

  async answers(study) {
    const why = nothingRight(study)
    if (why !== null) return skipped(why)
    const data: StudyData['answers'][number][] = []
    const { replay: session, dataset, ask, maxTokens, seed, signal } = study
    for (const mode of ['continue', 'evict'] as const) {
      const options = {
        ...{ session, dataset, ask, maxTokens, seed, signal, methods },
        heads: study.calibration(),
        thresholds: [0.3, 0.6],
        protect: { last: 1 },
        evaluation: mode,
      }
      const results: ProblemResult[] = []
      for await (const result of runExperiment(options)) {
        results.push(result)
        study.at(
          results.length + data.length * dataset.problems.length,
          2 * dataset.problems.length,
        )
      }
      data.push({ mode, summary: summarize(results, summaryContext(options)) })
    }
    return found(data)
  },

  async resume(study) {
    const why = nothingRight(study)
    if (why !== null) return skipped(why)
    const { replay: session, dataset, ask, maxTokens, seed, shares, signal } = study
    const how = { session, dataset, ask, maxTokens, seed, shares, signal }
    return found(await resumeCurve({ ...how, heads: study.calibration(), onResult: study.at }))
  },

  async 'in-flight'(study) {
    const why = nothingRight(study)
    if (why !== null) return skipped(why)
    const { session, dataset, ask, maxTokens, seed, signal, at } = study
    const results = await runInFlight({
      ...{ session, dataset, ask, maxTokens, seed, signal },
      variants: variantsOf(study),
      onResult: (_, done, total) => at(done, total),
    })
    return found(summarizeInFlight(results))
  },
}

function variantsOf({ inFlight, calibration }: Study): InFlightVariant[] {
  const pruning = { every: 60, window: 32, budget: { ratio: 0.2 } } as const
  const { heads, score } = calibration()
  const variants: Readonly<Record<InFlightName, Omit<InFlightVariant, 'name'>>> = {
    none: {},
    'step-graph': { pruning, stepGraph: { heads, score } },
    'last-token': { pruning: { ...pruning, observer: 'last-token' } },
    'think-clearly': { pruning: { ...pruning, observer: 'think-clearly' } },
    recency: { pruning: { ...pruning, scorer: 'recency' } },
    random: { pruning: { ...pruning, scorer: 'random' } },
  }
  return inFlightNames
    .filter(name => inFlight.includes(name))
    .map(name => ({ name, ...variants[name] }))
}

/** Where nothing is right before anything is pruned, nothing can be lost by it. */
function nothingRight({ solved }: Study): string | null {
  const judged = solved.filter(({ correct }) => correct !== null)
  if (judged.some(({ correct }) => correct)) return null
  if (judged.length === 0) return 'No right answer is known of any of the problems.'
  const cut = judged.filter(({ end }) => end === 'cut').length
  const why = cut > 0 ? ` (${cut} of its traces were cut off before their end)` : ''
  return `The model solved none of ${judged.length} problems${why}: what pruning does to its answers cannot be seen.`
}

const noSteps = ({ solved }: Study): string =>
  `Of ${solved.length} traces that the model wrote, none ended by itself with four steps or more: there is nothing to leave out.`

/** The heads for a score that is judged on a kind. */
const headsFor = (study: Study) => (kind: string) => headsWithout(study.calibration(), kind)

function studied(
  study: Study,
  traces: readonly (LabelledTrace | OwnTrace)[],
  effects: boolean,
): Promise<readonly StudiedTrace[]> {
  const { model, session, signal, at: onTrace } = study
  return studySteps({ model, session, traces, heads: headsFor(study), effects, signal, onTrace })
}

function labelledStudied(study: Study): Promise<readonly StudiedTrace[]> {
  study.shared.labelled ??= studied(study, study.labelled, false)
  return study.shared.labelled
}

function own(study: Study): Promise<readonly OwnTrace[]> {
  const { replay: session, dataset, ask, maxTokens, seed, signal } = study
  study.shared.own ??= ownTraces({ session, dataset, ask, maxTokens, seed, signal })
  return study.shared.own
}
