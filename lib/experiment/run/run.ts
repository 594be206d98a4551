/** The experiment: every problem of a data set, pruned in every way and answered again. */

import type { SegmentOptions, Splitter } from '../../../types/public.js'
import {
  array,
  boolean,
  checkKnown,
  integer,
  keysOf,
  number,
  oneOf,
  signal,
} from '../../base/check.js'
import { builtInOrOwn } from '../../base/choice.js'
import { invalidValue } from '../../base/errors.js'
import { resolveCut } from '../../index.js'
import { askFor, resolveAsk } from './ask-options.js'
import { methodsOf } from './methods.js'
import { evaluationModes, splitterNames, sweepRules } from './names.js'
import { solveNotebookProblem } from './notebook/solve-notebook-problem.js'
import { presetNames, presets } from './presets.js'
import type { ProblemResult } from './result-types.js'
import { SharedSession } from './shared-session.js'
import { sideBySide } from './side-by-side.js'
import { solveProblem } from './solve-problem.js'
import type {
  ExperimentEvent,
  ExperimentOptions,
  ExperimentSession,
  Plan,
  Preset,
  ResumeOptions,
  ResumePlan,
  Shard,
  Unit,
} from './types.js'

/**
 * Yields the result of each problem as soon as it is there, so that an interruption costs one
 * problem. Nothing runs until the first one is asked for.
 *
 * @throws TypeError or RangeError that names the option, at the call
 */
export function runExperiment(
  options: ExperimentOptions,
): AsyncGenerator<ProblemResult, void, undefined> {
  return solveAll(planOf(options))
}

/** By the loop of the plan's preset. */
export const solveUnit = (plan: Plan, unit: Unit): Promise<ProblemResult> =>
  plan.preset.loop === 'notebook' ? solveNotebookProblem(plan, unit) : solveProblem(plan, unit)

async function* solveAll(plan: Plan): AsyncGenerator<ProblemResult, void, undefined> {
  const { units, shared, signal, emit } = plan
  const total = units.length
  const solve = async (unit: Unit, place: number): Promise<ProblemResult> => {
    signal?.throwIfAborted()
    emit({ type: 'problem', index: unit.index, done: place, total, id: unit.problem.id })
    return solveUnit(plan, unit)
  }
  await shared?.open()
  try {
    let done = 0
    for await (const result of sideBySide(units, plan.parallel, solve)) {
      yield result
      // told once the consumer has it, and has written it down: what was told, a kill does not take
      emit({ type: 'result', done: ++done, total, result })
      signal?.throwIfAborted()
    }
  } finally {
    await shared?.close()
  }
}

const optionKeys = keysOf<ExperimentOptions>({
  session: true,
  dataset: true,
  preset: true,
  methods: true,
  heads: true,
  thresholds: true,
  rule: true,
  segmenting: true,
  protect: true,
  askAgain: true,
  evaluation: true,
  resume: true,
  hideAnswer: true,
  batch: true,
  pictures: true,
  parallel: true,
  slotTokens: true,
  limit: true,
  shard: true,
  samples: true,
  ask: true,
  seed: true,
  maxTokens: true,
  finished: true,
  signal: true,
  onEvent: true,
})

const count = { min: 1, max: 2 ** 31 - 1 }

/** Check the options and put defaults in. */
export function planOf(options: ExperimentOptions): Plan {
  checkKnown('options', options, optionKeys)
  const { dataset, heads, seed = 0, samples = 1, thresholds, onEvent } = options
  const parallel = parallelOf(options)
  const shared = parallel > 1 ? new SharedSession(options.session, slotTokensOf(options)) : null
  const session = shared ?? options.session
  const preset = resolvePreset(options)
  const aborted = signal('options.signal', options.signal) ?? undefined
  const plan = {
    session,
    dataset,
    preset,
    ask: resolveAsk(
      // the notebook asks as the notebook does
      preset.loop === 'notebook' ? options.ask : askFor(dataset, options.ask),
      preset.sampling,
      session.model.info?.sampling,
    ),
    methods: methodsOf(options.methods ?? ['attention'], {
      session,
      preset,
      heads,
      signal: aborted,
    }),
    thresholds: thresholdsOf(thresholds ?? preset.thresholds),
    samples: integer('options.samples', samples, count),
    askAgain: boolean('options.askAgain', options.askAgain ?? mustAskAgain(session, preset)),
    resume: resumeOf(preset, options.resume),
    hideAnswer: hideAnswerOf(preset, options.hideAnswer),
    pictures: boolean('options.pictures', options.pictures ?? false),
    parallel,
    shared,
    seed: integer('options.seed', seed, { min: 0, max: 2 ** 32 - 1 }),
    signal: aborted,
    emit: (event: ExperimentEvent) => onEvent?.(event),
  }
  return { ...plan, units: unitsOf(plan, options) }
}

/**
 * Without a thinking format the pruned rows' answers are asked for by a cue, and the trace's own is not: all rows
 * have to be asked alike.
 */
const mustAskAgain = ({ model }: ExperimentSession, { loop }: Preset): boolean =>
  loop === 'standard' && model.info?.thinking === null

/** Rows of the notebook are its own loop's, and a batch says nothing of how sure a token was. */
function parallelOf({ parallel = 1, preset, methods = [] }: ExperimentOptions): number {
  const asked = integer('options.parallel', parallel, { min: 1, max: 256 })
  const alone = presetOf(preset).loop === 'notebook' || methods.includes('confidence-traac')
  if (asked === 1 || !alone) return asked
  throw invalidValue('options.parallel', "1 with 'notebook' and with 'confidence-traac'", asked)
}

const slotTokensOf = ({ slotTokens }: ExperimentOptions): number | undefined =>
  slotTokens === undefined ? undefined : integer('options.slotTokens', slotTokens, count)

function resumeOf(preset: Preset, options: ResumeOptions | undefined): ResumePlan | null {
  checkKnown('options.resume', options, keysOf<ResumeOptions>({ cut: true, maxTokens: true }))
  if (preset.evaluation.mode !== 'resume') {
    if (options === undefined) return null
    throw invalidValue('options.resume', "left out where evaluation is not 'resume'", options)
  }
  const { cut = 'before-answer', maxTokens } = options ?? {}
  return {
    cut: resolveCut(cut, 'options.resume.cut'),
    maxTokens:
      maxTokens === undefined ? null : integer('options.resume.maxTokens', maxTokens, count),
  }
}

function hideAnswerOf({ evaluation, loop }: Preset, hide = false): boolean {
  const asked = boolean('options.hideAnswer', hide)
  if (!asked || (evaluation.mode !== 'resume' && loop === 'standard')) return asked
  throw invalidValue('options.hideAnswer', "left out with 'resume' and with 'notebook'", hide)
}

/** The preset with what the options change of it. */
export function resolvePreset(options: Omit<ExperimentOptions, 'session' | 'dataset'>): Preset {
  const preset = presetOf(options.preset)
  const { rule = preset.rule, evaluation: mode, maxTokens = preset.maxTokens } = options
  if (preset.loop === 'notebook') {
    const { sampling: _, ...ask } = options.ask ?? {}
    const own = ['methods', 'rule', 'segmenting', 'protect', 'evaluation', 'askAgain'] as const
    for (const option of own) refuse(preset, `options.${option}`, options[option])
    refuse(preset, 'options.batch', options.batch)
    for (const [option, value] of Object.entries(ask)) {
      refuse(preset, `options.ask.${option}`, value)
    }
  }
  // the model goes on from the newest step: whoever takes that away asks for something else
  const resumes = (mode ?? preset.evaluation.mode) === 'resume'
  const protect = resumes ? { last: 1, ...preset.protect } : preset.protect
  return {
    ...preset,
    rule: oneOf('options.rule', rule, sweepRules),
    segmenting: segmentingOf(preset, options.segmenting),
    protect: options.protect === undefined ? protect : protectOf(options.protect),
    maxTokens: integer('options.maxTokens', maxTokens, count),
    evaluation: {
      ...preset.evaluation,
      ...(options.batch !== undefined && {
        independent: !boolean('options.batch', options.batch),
      }),
      ...(mode !== undefined && { mode: oneOf('options.evaluation', mode, evaluationModes) }),
    },
  }
}

function refuse({ name }: Preset, option: string, value: unknown): void {
  if (value === undefined) return
  throw invalidValue(option, `left out: preset '${name}' does it as the notebook does`, value)
}

/** Checked here, and not where the first trace is there, after minutes. */
function segmentingOf(preset: Preset, asked: SegmentOptions = {}): SegmentOptions {
  const name = 'options.segmenting'
  checkKnown(
    name,
    asked,
    keysOf<SegmentOptions>({ splitter: true, minCharacters: true, short: true }),
  )
  const { splitter, minCharacters, short } = asked
  if (typeof splitter === 'string') oneOf(`${name}.splitter`, splitter, splitterNames)
  else if (splitter !== undefined) builtInOrOwn<Splitter>(`${name}.splitter`, splitter, [], 'split')
  if (minCharacters !== undefined) {
    integer(`${name}.minCharacters`, minCharacters, { min: 0, max: count.max })
  }
  if (short !== undefined) oneOf(`${name}.short`, short, ['join', 'drop'])
  // an option that is undefined is left out, and not the preset's undone
  const given = Object.entries(asked).filter(([, value]) => value !== undefined)
  const segmenting: SegmentOptions = { ...preset.segmenting, ...Object.fromEntries(given) }
  return segmenting
}

function protectOf({ first = 0, last = 0 }: Preset['protect']): Preset['protect'] {
  const some = { min: 0, max: count.max }
  return {
    first: integer('options.protect.first', first, some),
    last: integer('options.protect.last', last, some),
  }
}

function presetOf(preset: ExperimentOptions['preset'] = 'recommended'): Preset {
  return typeof preset === 'object' ? preset : presets[oneOf('options.preset', preset, presetNames)]
}

/** Ascending and distinct. 0 is always there: it costs nothing and all differences refer to it. */
export function thresholdsOf(values: readonly number[]): readonly number[] {
  const share = { min: 0, max: 1 }
  const list = array('options.thresholds', values, 'an array of numbers from 0 to 1')
  const checked = list.map((value, i) => number(`options.thresholds[${i}]`, value, share))
  return [...new Set([0, ...checked])].sort((a, b) => a - b)
}

/** What is left to solve: all samples of one problem before the next one. */
function unitsOf(plan: Omit<Plan, 'units'>, options: ExperimentOptions): readonly Unit[] {
  const { limit, shard, finished = [] } = options
  const most = limit === undefined ? undefined : integer('options.limit', limit, count)
  const inShard = shard === undefined ? () => true : shardOf(shard)
  const done = new Set(finished.map(({ index, sample }) => `${index} ${sample}`))
  const samples = Array.from({ length: plan.samples }, (_, sample) => sample)
  return plan.dataset.problems
    .slice(0, most)
    .flatMap((problem, index) => samples.map(sample => ({ problem, index, sample })))
    .filter(({ index, sample }) => inShard(index) && !done.has(`${index} ${sample}`))
}

function shardOf(shard: Shard): (index: number) => boolean {
  checkKnown('options.shard', shard, ['index', 'count'])
  const of = integer('options.shard.count', shard.count, count)
  const own = integer('options.shard.index', shard.index, { min: 1, max: of })
  return index => index % of === own - 1
}

/** How many results a run has when it is complete. */
export function plannedResults(options: Omit<ExperimentOptions, 'session'>): number {
  const { dataset, limit = dataset.problems.length, shard, samples = 1 } = options
  const inShard = shard === undefined ? () => true : shardOf(shard)
  const problems = dataset.problems.slice(0, limit).filter((_, index) => inShard(index))
  return problems.length * samples
}
