/** Studies of several models in one table, and what has to be known before its rows are compared. */

import {
  type Estimate,
  type RowScore,
  type StudyFile,
  type StudyRow,
  studyRow,
} from '../experiment/index.js'
import { tableOf } from './grid.js'

type Column = readonly [title: string, cell: (row: StudyRow) => string]

const auc = (title: string, score: RowScore): Column => [
  title,
  ({ auc }) => plain(auc[score]?.mean ?? null, 2),
]

const columns: readonly Column[] = [
  ['Step graph', ({ auc }) => withWidth(auc['step graph'])],
  auc('Think Clearly', 'think-clearly'),
  auc('TRAAC', 'traac'),
  auc('Last token', 'last-token'),
  auc('Random', 'random'),
  auc('Recency', 'recency'),
  auc('Length', 'length'),
  [
    'Deletion',
    ({ deletion }) =>
      withWidth(deletion && { mean: deletion.value, halfWidth: deletion.halfWidth }),
  ],
  ['Kept/removed', ({ compression }) => compressionText(compression)],
  ['Solved', ({ solved }) => rightText(solved)],
  ['Unpruned', ({ unpruned }) => rightText(unpruned)],
  ['At 0.3', ({ resumed }) => resumedText(resumed[0])],
  ['At 0.5', ({ resumed }) => resumedText(resumed[1])],
  ['Nothing', ({ nothingKept }) => rightText(nothingKept)],
  ['Loops', ({ loops }) => (loops === null ? '-' : `${loops.looping}/${loops.problems}`)],
]

/**
 * A row a study. Notes under it name what differs: versions, problems and options, and models that are there twice.
 *
 * @param names of the files, where there are several of a model
 */
export async function renderStudies(
  studies: readonly StudyFile[],
  names: readonly string[] = [],
): Promise<string> {
  const twice = repeated(studies.map(({ model }) => model.name))
  const titles = studies.map(({ model }, i) => {
    const file = names[i]
    return twice.has(model.name) && file !== undefined ? `${model.name} (${file})` : model.name
  })
  const table = await tableOf(
    ['Model', ...columns.map(([title]) => title)],
    studies.map((study, i) => {
      const row = studyRow(study)
      return [titles[i] ?? row.model, ...columns.map(([, cell]) => cell(row))]
    }),
  )
  return [table, ...legend, ...ownNotes(studies, titles), ...differences(studies, titles)].join(
    '\n',
  )
}

export const noThinking =
  'no thinking format was found: all that it writes is taken for thinking, and its answers are asked for by a cue.'

const legend = [
  'Step graph to Length: AUC of needed steps in labelled traces, the better one of sum and mean; 0.5 is a coin. Deletion: rank',
  'correlation of heads chosen without labels, on other kinds. ± is half of a 95 % interval. Kept/removed: needed steps kept,',
  'others removed by the step graph at 0.3, in %.',
  'Unpruned, At, Nothing: own traces cut before the answer and thought on, right of all; At: step graph / recency /',
  'random, at equal tokens.',
]

const plain = (value: number | null, digits: number): string =>
  value === null || Number.isNaN(value) ? '-' : value.toFixed(digits).replace('-', '−')

/** What is claimed has its interval: a mean over two traces looks like one over a hundred. */
function withWidth(estimate: Pick<Estimate, 'mean' | 'halfWidth'> | null): string {
  if (estimate === null || Number.isNaN(estimate.halfWidth)) return plain(estimate?.mean ?? null, 2)
  return `${plain(estimate.mean, 2)} ± ${estimate.halfWidth.toFixed(2)}`
}

const rightText = (right: StudyRow['solved']): string =>
  right === null ? '-' : `${right.correct}/${right.total}`

function resumedText(row: StudyRow['resumed'][number] | undefined): string {
  if (!row?.stepGraph) return '-'
  const { stepGraph, recency, random } = row
  return [stepGraph, recency, random].map(right => right?.correct ?? '-').join(' / ')
}

function compressionText(compression: StudyRow['compression']): string {
  if (compression === null) return '-'
  const { neededKept, othersRemoved } = compression
  return `${plain(100 * neededKept, 0)} / ${plain(100 * othersRemoved, 0)}`
}

function ownNotes(studies: readonly StudyFile[], titles: readonly string[]): string[] {
  return studies.flatMap(({ asked, parts, model }, i) => {
    const skipped = new Map<string, string[]>()
    for (const name of asked) {
      const why = parts[name]?.skipped
      if (why) skipped.set(why, [...(skipped.get(why) ?? []), name])
    }
    const missing = asked.filter(name => parts[name] === undefined)
    return [
      ...(model.thinking === null ? [`${titles[i]}: ${noThinking}`] : []),
      ...[...skipped].map(([why, names]) => `${titles[i]}, without ${names.join(', ')}: ${why}`),
      ...(missing.length > 0 ? [`${titles[i]} is not finished: ${missing.join(', ')}.`] : []),
    ]
  })
}

/** What makes rows differ beside the model: each is said where not all studies have it in common. */
const conditions: readonly (readonly [what: string, of: (study: StudyFile) => string])[] = [
  [
    'Of different versions',
    ({ key: { cotPrune } }) =>
      `cot-prune ${cotPrune.version}, llama.cpp ${cotPrune.llamaCommit.slice(0, 7)}, patch ${cotPrune.patch.slice(0, 7)}`,
  ],
  [
    'Of different problems',
    ({ key: { dataset } }) =>
      `${dataset.problems} of ${dataset.name} (sha256 ${dataset.sha256.slice(0, 7)})`,
  ],
  [
    'Of different labelled traces',
    ({ key: { labelled } }) => `${labelled.traces} (sha256 ${labelled.sha256.slice(0, 7)})`,
  ],
  ['Of different lengths', ({ key }) => `${key.maxTokens} tokens`],
]

function differences(studies: readonly StudyFile[], titles: readonly string[]): string[] {
  const groups = (of: (study: StudyFile) => string) => {
    const found = new Map<string, string[]>()
    for (const [i, study] of studies.entries()) {
      const value = of(study)
      found.set(value, [...(found.get(value) ?? []), titles[i] ?? ''])
    }
    return [...found]
  }
  const told = conditions.flatMap(([what, of]) => {
    const found = groups(of)
    if (found.length < 2) return []
    return [
      `${what}: ${found.map(([value, names]) => `${names.join(', ')}: ${value}`).join('; ')}.`,
    ]
  })
  const same = groups(({ model }) => model.sha256)
    .filter(([, names]) => names.length > 1)
    .map(([, names]) => `The same model file: ${names.join(', ')}.`)
  return [...told, ...same]
}

const repeated = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.filter((name, i) => names.indexOf(name) !== i))
