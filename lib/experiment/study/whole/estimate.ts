/** How long a study will take: a short probe of the model on this machine, times what each part decodes. */

import { mean } from '../../results/statistics.js'
import { askFor, generationOptions, messagesFor, resolveAsk } from '../../run/ask-options.js'
import { allHeads } from '../calibration.js'
import { labelledTrace } from '../labelled-traces.js'
import { resumeMethods, resumeThresholds } from '../resume-curve.js'
import { needRight, type StudyPart } from './part-names.js'
import { demandCapture, resolveStudy, type StudyOptions } from './run-study.js'

/** Tokens a second. */
export interface StudySpeed {
  /** A prompt is read, without rows and with those of all heads. */
  readonly read: number
  readonly readAllHeads: number
  /** One token after the other. */
  readonly decode: number
  /** Of a labelled trace, mean. */
  readonly labelledTokens: number
  /** Of a trace of the model's own: what the probe took to end; null where it did not. */
  readonly traceTokens: number | null
}

/** How long a study will take, part by part. */
export interface StudyEstimate {
  readonly parts: readonly { readonly name: StudyPart; readonly seconds: number }[]
  readonly seconds: number
  /** Tokens that a trace of the model's own is taken to have. */
  readonly traceTokens: number
  /** Where they come from: traces that are there, a probe that came to its end, or the most that they may have. */
  readonly from: 'traces' | 'probe' | 'limit'
}

const probeTokens = 128

/** How fast the model is here, in tokens a second. Takes some seconds: one labelled trace is read twice, and the first problem begun. @throws as `runStudy` */
export async function probeStudy(options: StudyOptions): Promise<StudySpeed> {
  const { model, session, labelled, dataset, seed, ...how } = resolveStudy(options)
  demandCapture(model)
  const [first] = labelled
  const [problem] = dataset.problems
  if (first === undefined || problem === undefined) {
    return { read: 0, readAllHeads: 0, decode: 0, labelledTokens: 0, traceTokens: null }
  }
  const trace = await labelledTrace(model, first)
  const tokens = trace.prompt.tokens.length + trace.tokens.length
  await session.clear()
  const read = await secondsOf(() => session.prefill(trace))
  const readAllHeads = await secondsOf(() =>
    session.stepGraph(trace, { heads: allHeads(model.info) }),
  )
  await session.clear()
  const ask = resolveAsk(askFor(dataset, how.ask), {}, model.info.sampling)
  const maxTokens = Math.min(how.maxTokens, probeTokens)
  const asked = { ...generationOptions(ask), maxTokens, seed, signal: how.signal }
  const begun = await session.generate(messagesFor(problem, ask), asked).finish()
  await session.clear()
  const characters = (steps: readonly string[]) => steps.join('').length
  const typical = mean(labelled.map(({ steps }) => characters(steps))) ?? 0
  return {
    read: tokens / read,
    readAllHeads: tokens / readAllHeads,
    decode: (1000 * begun.tokens.length) / begun.millis.generation,
    labelledTokens: (tokens * typical) / Math.max(1, characters(first.steps)),
    traceTokens: begun.finish === 'length' ? null : begun.tokens.length,
  }
}

async function secondsOf(job: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await job()
  return Math.max(1e-6, (performance.now() - start) / 1000)
}

/** Tokens that a part reads and decodes. */
interface Work {
  readonly read?: number
  readonly readAllHeads?: number
  readonly decode?: number
}

interface Sizes {
  readonly labelled: number
  /** Of a labelled trace: tokens, steps, cuts before a needed step. */
  readonly tokens: number
  readonly steps: number
  readonly cuts: number
  readonly problems: number
  /** Of a trace of the model's own: tokens, steps. */
  readonly own: number
  readonly ownSteps: number
  readonly shares: readonly number[]
  readonly variants: number
}

/** Scores of `everyScore`, tokens of an answer, tokens of an own step, of the trace that half of a pruning leaves. */
const [scores, answerTokens, stepTokens, kept] = [14, 40, 60, 0.6]
/** Where the answer is stated first, as a share of the thinking. */
const beforeAnswer = 0.7

/** Times what reading costs: the likelihood of every token is asked for, in many short batches. */
const likelihoods = 2

/** By hand from what each part does; tokens that are in the cache already cost nothing. */
const workOf: Readonly<Record<StudyPart, (of: Sizes) => Work>> = {
  calibration: ({ labelled, tokens }) => ({ readAllHeads: labelled * tokens }),
  labels: ({ labelled, tokens }) => ({ read: labelled * (2 * tokens + scores * 20) }),
  compression: () => ({}),
  effects: ({ labelled, tokens, steps }) => ({
    read: labelled * ((2 + (likelihoods * steps) / 2) * tokens + scores * 20),
  }),
  'next-step': ({ labelled, tokens, cuts }) => ({
    read: labelled * cuts * (tokens + 11 * (tokens / 3 + 40)),
  }),
  traces: ({ problems, own }) => ({ decode: problems * own }),
  own: ({ problems, own, ownSteps }) => ({
    read:
      problems * ((3 + (likelihoods * ownSteps) / 2) * own + 2 * scores * (own / 2 + answerTokens)),
  }),
  deletion: ({ problems, own, ownSteps }) => ({
    read: (likelihoods * problems * ownSteps * own) / 2,
    readAllHeads: problems * own,
  }),
  answers: ({ problems, own }) => ({
    read: 2 * problems * own * (2 + 14 * kept),
    decode: 2 * problems * 14 * answerTokens,
  }),
  resume: ({ problems, own, shares }) => {
    const rows = resumeMethods.length * resumeThresholds.length
    const cuts = [beforeAnswer, ...shares]
    const sum = (of: (share: number) => number) =>
      cuts.reduce((total, share) => total + of(share), 0)
    return {
      read: problems * own * sum(share => share * (2 + rows * kept)),
      // what was taken away is thought again, in part; nothing kept is the same at every cut
      decode: problems * own * (1 + sum(share => (rows + 1) * (1 - share / 2 - 0.25))),
    }
  },
  'in-flight': ({ problems, own, variants }) => ({ decode: problems * own * (variants + 0.6) }),
}

/** Seconds that what is left to do will take; by the traces of `finished`, where they are there. Pure. */
export function estimateStudy(options: StudyOptions, speed: StudySpeed): StudyEstimate {
  const { parts, labelled, dataset, maxTokens, shares, inFlight } = resolveStudy(options)
  const traces = options.finished?.traces?.data ?? null
  const known = traces?.tokens ?? speed.traceTokens
  const own = Math.min(maxTokens, known ?? maxTokens)
  const sizes: Sizes = {
    labelled: labelled.length,
    tokens: speed.labelledTokens,
    steps: mean(labelled.map(({ steps }) => steps.length)) ?? 0,
    cuts: mean(labelled.map(({ needed }) => needed.filter(index => index >= 4).length)) ?? 0,
    problems: dataset.problems.length,
    own,
    ownSteps: Math.max(1, own / stepTokens),
    shares,
    variants: inFlight.length,
  }
  const unsolved = traces?.correct === 0
  const names = parts.filter(
    name => !options.finished?.[name] && !(unsolved && needRight.includes(name)),
  )
  // both read the same scores, which are made once
  const works = { ...workOf, ...(!names.includes('labels') && { compression: workOf.labels }) }
  const left = names.map(name => ({ name, seconds: secondsFor(works[name](sizes), speed) }))
  return {
    parts: left,
    seconds: left.reduce((sum, { seconds }) => sum + seconds, 0),
    traceTokens: own,
    from: traces?.tokens != null ? 'traces' : speed.traceTokens !== null ? 'probe' : 'limit',
  }
}

function secondsFor({ read = 0, readAllHeads = 0, decode = 0 }: Work, speed: StudySpeed): number {
  const at = (tokens: number, perSecond: number) => (tokens === 0 ? 0 : tokens / perSecond)
  return at(read, speed.read) + at(readAllHeads, speed.readAllHeads) + at(decode, speed.decode)
}
