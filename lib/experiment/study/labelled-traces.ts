/** Traces with labels: of every step it is known whether the result depends on it. */

import { readFile } from 'node:fs/promises'
import { parseJson } from '../../base/json.js'
import type { Model, SegmentedTrace } from '../../index.js'
import { CotPruneError, embeddedModel, segment } from '../../index.js'
import { plainText } from '../datasets/dataset-fault.js'
import type { LabelledTrace } from './types.js'

/**
 * The study set of the embedded model's language: 100 chains of thought written by its generator.
 * One kind of problem was never trained on.
 * @throws CotPruneError ERR_EMBEDDED_MODEL
 */
export async function studyTraces(): Promise<readonly LabelledTrace[]> {
  return readLabelledTraces((await embeddedModel()).study)
}

/** Labelled traces of a file, JSON Lines. @throws CotPruneError ERR_DATASET, which names the line */
export async function readLabelledTraces(path: string): Promise<readonly LabelledTrace[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CotPruneError('ERR_DATASET', `cannot read ${path}`, { cause })
  })
  const traces: LabelledTrace[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() !== '') traces.push(parseLine(line, `${path}:${index + 1}`))
  }
  if (traces.length > 0) return traces
  throw new CotPruneError('ERR_DATASET', `${path} has no traces`)
}

function parseLine(line: string, where: string): LabelledTrace {
  let value: unknown
  try {
    value = parseJson(line)
  } catch (cause) {
    throw new CotPruneError('ERR_DATASET', `${where}: not valid JSON`, { cause })
  }
  const fields = new Map(Object.entries(value ?? {}))
  const steps: unknown = fields.get('steps')
  const needed: unknown = fields.get('needed')
  const isStep = (step: unknown) => typeof step === 'string' && step.trim() !== ''
  if (!Array.isArray(steps) || steps.length === 0 || !steps.every(isStep)) {
    throw new CotPruneError('ERR_DATASET', `${where}: "steps" must be an array of texts`)
  }
  const isIndex = (index: unknown) => Number.isInteger(index) && Number(index) in steps
  if (!Array.isArray(needed) || !needed.every(isIndex)) {
    throw new CotPruneError('ERR_DATASET', `${where}: "needed" must be indices of steps`)
  }
  const text = (key: string): string => {
    const found: unknown = fields.get(key)
    if (typeof found === 'string') return found
    throw new CotPruneError('ERR_DATASET', `${where}: "${key}" must be text`)
  }
  return {
    id: plainText(fields.get('id') ?? where),
    kind: text('kind'),
    trained: fields.get('trained') === true,
    problem: text('problem'),
    reply: text('reply'),
    steps,
    needed,
  }
}

/** The trace of a labelled chain of thought, one step for each of its steps. @throws CotPruneError ERR_DATASET, and as `model.traceOf` */
export async function labelledTrace(
  model: Model,
  labelled: LabelledTrace,
): Promise<SegmentedTrace> {
  const trace = segment(
    await model.traceOf({
      messages: [{ role: 'user', content: labelled.problem }],
      thinking: labelled.steps.join('\n\n'),
      answer: labelled.reply,
    }),
    { splitter: 'paragraph', minCharacters: 0 },
  )
  if (trace.steps.length === labelled.steps.length) return trace
  throw new CotPruneError(
    'ERR_DATASET',
    `trace ${labelled.id} has ${labelled.steps.length} steps and reads as ${trace.steps.length}: ` +
      'a step may hold no blank line',
  )
}
