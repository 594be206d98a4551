/** A study in words and tables: part by part for a terminal, all of it as one Markdown file. */

import type {
  SolvedSummary,
  StudyData,
  StudyEstimate,
  StudyFile,
  StudyPart,
} from '../experiment/index.js'
import { renderAnswerLikelihoods } from './answer-likelihood-table.js'
import { agreementText, calibrationText } from './calibration-text.js'
import { renderInFlight } from './in-flight-table.js'
import { renderNextSteps } from './next-step-table.js'
import { renderResumed } from './resume-curve-table.js'
import { samplingText } from './sampling-text.js'
import { renderCompressions, renderSeparations } from './separation-table.js'
import { noThinking, renderStudies } from './studies-table.js'
import { renderTable } from './threshold-table.js'

const titles: Readonly<Record<StudyPart, string>> = {
  calibration: 'Heads chosen on labelled traces',
  labels: 'Labelled traces: which scores find the needed steps (heads chosen on other kinds)',
  compression: 'Labelled traces, pruned',
  effects: 'Labelled traces: what is missed where a step is left out',
  'next-step': 'Labelled traces, cut before a step',
  traces: 'Problems, solved once',
  own: 'Traces that the model wrote itself',
  deletion: 'Heads chosen without labels',
  answers: 'Answers at equal kept tokens',
  resume: 'Its own traces, cut, pruned and thought on',
  'in-flight': 'Pruned while it thinks',
}

type Renderers = {
  readonly [P in StudyPart]: (data: StudyData[P], study: StudyFile) => Promise<string> | string
}

const renderers: Renderers = {
  calibration: (data, { model }) => calibrationText(model.name, data),
  labels: renderSeparations,
  compression: renderCompressions,
  effects: renderSeparations,
  'next-step': renderNextSteps,
  traces: solvedText,
  own: async ({ rows, answers }) =>
    `${await renderSeparations(rows)}\n${await renderAnswerLikelihoods(answers)}`,
  async deletion(data, { model, parts }) {
    const labelled = parts.calibration?.data
    const agreement = labelled ? [agreementText(data, labelled)] : []
    return [await calibrationText(model.name, data), ...agreement].join('\n')
  },
  async answers(data) {
    const texts: string[] = []
    for (const { mode, summary } of data) texts.push(`Mode ${mode}`, await renderTable(summary))
    return texts.join('\n')
  },
  resume: renderResumed,
  'in-flight': renderInFlight,
}

/** Title and text of a part that is finished, or the sentence that says why there is none; null before that. */
export async function renderStudyPart(
  study: StudyFile,
  name: StudyPart,
): Promise<{ readonly title: string; readonly text: string } | null> {
  const text = await textOf(study, name)
  return text === null ? null : { title: titles[name], text }
}

async function textOf<P extends StudyPart>(study: StudyFile, name: P): Promise<string | null> {
  const record = study.parts[name]
  if (record === undefined) return null
  if (record.skipped !== null) return `Skipped: ${record.skipped}`
  return record.data === null ? null : renderers[name](record.data, study)
}

/** All of a study, as Markdown: what it shows in one row, then part by part, then what it was made with. */
export async function renderStudy(study: StudyFile): Promise<string> {
  const { model, asked, parts } = study
  const blocks = [`# ${model.name}`, introduction(study), fenced(await renderStudies([study]))]
  for (const name of asked) {
    const part = await renderStudyPart(study, name)
    if (part === null) blocks.push(`## ${titles[name]}`, 'Not finished.')
    else if (parts[name]?.skipped) blocks.push(`## ${part.title}`, part.text)
    else blocks.push(`## ${part.title}`, fenced(part.text))
  }
  return `${[...blocks, '## Made with', provenance(study)].join('\n\n')}\n`
}

const fenced = (text: string): string => `\`\`\`\n${text}\n\`\`\``

function introduction({ model, key }: StudyFile): string {
  const { dataset, labelled, maxTokens, ask } = key
  const size = `${(model.parameters / 1e6).toFixed(0)} million parameters, ${model.fileType}`
  return [
    `${model.architecture}, ${size}; ${labelled.traces} labelled traces, ${dataset.problems} problems of ${dataset.name},`,
    `${maxTokens} tokens at most. ${samplingText(ask.sampling)}. ${thinkingText(model)}`,
  ].join(' ')
}

const thinkingText = ({ thinking }: StudyFile['model']): string =>
  thinking === null
    ? noThinking.replace(/^n/, 'N')
    : `It thinks between ${visible(thinking.open)} and ${visible(thinking.close)}.`

const visible = (tag: string): string => `\`${tag.trim()}\``

function provenance({ model, build, machine, date, parts }: StudyFile): string {
  const seconds = Object.values(parts).reduce((sum, part) => sum + (part?.seconds ?? 0), 0)
  const devices = machine.devices.map(({ description }) => description).join(', ')
  return [
    `- model file \`${model.file}\`, sha256 \`${model.sha256}\``,
    `- cot-prune ${build.version}, llama.cpp ${build.llamaVersion} (\`${build.llamaCommit}\`), patch sha256 \`${build.patchSha256}\``,
    `- ${machine.processor}, ${machine.threads} threads of ${machine.cores} cores, ${machine.gpuLayers} layers on GPUs, ${devices || 'no devices'}; ${machine.platform}, Node ${machine.node}`,
    `- begun ${date}, ${durationText(seconds)} in all`,
  ].join('\n')
}

function solvedText(summary: SolvedSummary): string {
  const { problems, correct, total, undecided = 0, ends, looping, tokens } = summary
  const open = undecided === 0 ? '' : ` (${undecided} undecided)`
  const judged =
    total === 0 ? 'no answer is known to be right' : `${correct} of ${total} right${open}`
  const mean = tokens === null ? '-' : tokens.toFixed(0)
  return [
    `${problems} problems, ${judged}; ${mean} tokens each, mean.`,
    `Thinking closed in ${ends.closed}, cut off in ${ends.cut}, without an end to be closed by in ${ends['never-opened']}.`,
    `In a loop at the end: ${looping} of ${problems}.`,
  ].join('\n')
}

/** What it will take, a line a part and one for all of them. */
export function renderEstimate(estimate: StudyEstimate): string {
  const { parts, seconds, traceTokens, from } = estimate
  const width = Math.max(...parts.map(({ name }) => name.length), 'in all'.length)
  const line = (name: string, time: number) => `${name.padEnd(width)}  ${durationText(time)}`
  const own = {
    traces: 'as its traces have, mean',
    probe: 'as the first problem took',
    limit: 'the most that is allowed: it may be less',
  }[from]
  return [
    ...parts.map(part => line(part.name, part.seconds)),
    line('in all', seconds),
    `By a probe of this machine, with traces of ${Math.round(traceTokens)} tokens (${own}).`,
  ].join('\n')
}

/** `40 s`, `12 min`, `3.5 h`: an estimate has no more digits. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown'
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
