/** The parts of a study: each measures one thing and says it in a table. */

import {
  answerLikelihoods,
  type Calibration,
  compressions,
  headsWithout,
  type InFlightVariant,
  type LabelledTrace,
  type MethodName,
  nextSteps,
  type OwnTrace,
  openDataset,
  type ProblemResult,
  runExperiment,
  runInFlight,
  type StudiedTrace,
  separations,
  studySteps,
  summarize,
  summarizeInFlight,
  summaryContext,
} from '../../../experiment/index.js'
import {
  renderAnswerLikelihoods,
  renderCompressions,
  renderInFlight,
  renderNextSteps,
  renderSeparations,
  renderTable,
} from '../../../report/index.js'
import { askOf } from '../asking.js'
import { calibrateOnDeletion, type Loaded, labelledTraces, writeTraces } from '../calibration.js'
import { agreementText, describeCalibration } from '../commands/calibrate.js'
import { counted } from '../progress.js'
import type { StudyFlags } from './flags.js'
import type { StudyPart } from './part-names.js'

/** What every part of a study is made from. */
export interface Study extends Loaded {
  readonly flags: StudyFlags
  /** On the labelled traces of this study: parts that judge by these take the heads chosen without their kind. */
  readonly calibration: Calibration
}

export interface PartResult {
  readonly title: string
  readonly text: string
  readonly data: unknown
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

export const studyParts: Readonly<Record<StudyPart, (study: Study) => Promise<PartResult>>> = {
  async labels(study) {
    const data = separations(await labelled(study))
    const title =
      'Labelled traces: which scores find the needed steps (heads chosen on other kinds)'
    return { title, text: await renderSeparations(data), data }
  },

  async compression(study) {
    const data = compressions(await labelled(study), thresholds)
    return { title: 'Labelled traces, pruned', text: await renderCompressions(data), data }
  },

  async effects(study) {
    const traces = await labelledTraces(study.flags)
    const data = separations(await studied(study, traces, true))
    const title = 'Labelled traces: what is missed where a step is left out'
    return { title, text: await renderSeparations(data), data }
  },

  async 'next-step'(study) {
    const traces = await labelledTraces(study.flags)
    const { model, session } = study
    const data = await counted('cutting', study.flags, onTrace =>
      nextSteps({ model, session, traces, heads: headsFor(study), onTrace }),
    )
    return { title: 'Labelled traces, cut before a step', text: await renderNextSteps(data), data }
  },

  async own(study) {
    const traces = await own(study)
    const studied = await ownStudied(study)
    const rows = separations(studied)
    const { session } = study
    const answers = await counted('asking', study.flags, onTrace =>
      answerLikelihoods({
        session,
        traces,
        studied,
        removed: [0.5],
        modes: ['continue', 'evict'],
        onTrace,
      }),
    )
    const text = `${await renderSeparations(rows)}\n${await renderAnswerLikelihoods(answers)}`
    return { title: 'Traces that the model wrote itself', text, data: { rows, answers } }
  },

  async deletion(study) {
    const found = await calibrateOnDeletion(study, problemFlags(study), study.flags.heads)
    const text = [
      await describeCalibration(study.model, found),
      agreementText(found, study.calibration),
    ].join('\n')
    return { title: 'Heads chosen without labels', text, data: found }
  },

  async answers(study) {
    const texts: string[] = []
    const data: unknown[] = []
    for (const evaluation of ['continue', 'evict'] as const) {
      const options = {
        session: study.session,
        dataset: await openDataset(study.flags.dataset),
        ask: askOf(study.flags),
        limit: study.flags.problems,
        maxTokens: study.flags.maxTokens,
        methods,
        heads: study.calibration,
        thresholds: [0.3, 0.6],
        protect: { last: 1 },
        evaluation,
      }
      const results: ProblemResult[] = []
      for await (const result of runExperiment(options)) results.push(result)
      const summary = summarize(results, summaryContext(options))
      data.push(summary)
      texts.push(`Mode ${evaluation}`, await renderTable(summary))
    }
    return { title: 'Answers at equal kept tokens', text: texts.join('\n'), data }
  },

  async 'in-flight'(study) {
    const { session, flags, calibration } = study
    const pruning = { every: 60, window: 32, budget: { ratio: 0.2 } } as const
    const { heads, score } = calibration
    const variants: InFlightVariant[] = [
      { name: 'none' },
      { name: 'step-graph', pruning, stepGraph: { heads, score } },
      ...(['last-token', 'think-clearly'] as const).map(observer => ({
        name: observer,
        pruning: { ...pruning, observer },
      })),
      ...(['recency', 'random'] as const).map(scorer => ({
        name: scorer,
        pruning: { ...pruning, scorer },
      })),
    ]
    const dataset = await openDataset(flags.dataset)
    const { problems: limit, maxTokens } = flags
    const results = await runInFlight({
      session,
      dataset,
      variants,
      ask: askOf(flags),
      limit,
      maxTokens,
    })
    const data = summarizeInFlight(results)
    return { title: 'Pruned while it thinks', text: await renderInFlight(data), data }
  },
}

/** The heads for a score that is judged on a kind. */
const headsFor =
  ({ calibration }: Study) =>
  (kind: string) =>
    headsWithout(calibration, kind)

/** What several parts read is made once for a study. */
const once = <T>(make: (study: Study) => Promise<T>) => {
  const made = new WeakMap<Study, Promise<T>>()
  return (study: Study): Promise<T> => {
    const found = made.get(study) ?? make(study)
    made.set(study, found)
    return found
  }
}

/** The model's own traces: labelled ones of a file are not meant. */
const problemFlags = ({ flags: { traces: _, problems: limit, ...flags } }: Study) => ({
  ...flags,
  limit,
})

const studied = (
  study: Study,
  traces: readonly (LabelledTrace | OwnTrace)[],
  effects: boolean,
): Promise<readonly StudiedTrace[]> => {
  const { model, session } = study
  const options = { model, session, traces, heads: headsFor(study), effects }
  return counted('scoring', study.flags, onTrace => studySteps({ ...options, onTrace }))
}

const labelled = once(async (study): Promise<readonly StudiedTrace[]> => {
  return studied(study, await labelledTraces(study.flags), false)
})

const own = once(study => writeTraces(study.session, problemFlags(study)))
const ownStudied = once(async study => studied(study, await own(study), true))
