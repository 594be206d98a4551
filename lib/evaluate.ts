/** 5. Pruned traces → answers. Several at once share prompts' prefixes and decode as one batch. */

import type { Evaluation, PrunedTrace } from '../types/public.js'
import { extractAnswer } from './answer.js'
import { home } from './branches.js'
import { CotPruneError, invalidValue } from './errors.js'
import type { ResolvedEvaluateOptions } from './options/index.js'
import { repromptText } from './reprompt.js'
import type { Runtime } from './session.js'
import { isPruned, readTrace, TokenText } from './trace.js'

/** Tokens that are sampled in one native job: nobody watches, and an abort interrupts it. */
const chunkTokens = 256

/** The work behind `session.evaluateAll`; see there. */
export async function evaluateAll(
  runtime: Runtime,
  traces: readonly PrunedTrace[],
  options: ResolvedEvaluateOptions,
): Promise<Evaluation[]> {
  const prompts: Int32Array[] = []
  for (const trace of traces) {
    if (!isPruned(readTrace(trace))) {
      throw new CotPruneError('ERR_TRACE_INVALID', 'the trace is not pruned: prune() it first')
    }
    const tokens = options.mode === 'reprompt' ? reprompt(runtime, trace) : proceed(runtime, trace)
    prompts.push(Int32Array.from(await tokens))
  }
  const evaluations: Evaluation[] = []
  for (const group of await groups(runtime, prompts, options.maxTokens)) {
    evaluations.push(...(await evaluateGroup(runtime, group, options)))
  }
  await runtime.branches.dropScratch()
  return evaluations
}

/** Mode 'reprompt': leak-free, only kept steps and never the answer's text are shown. */
async function reprompt(runtime: Runtime, trace: PrunedTrace): Promise<readonly number[]> {
  const problem = trace.messages?.findLast(({ role }) => role === 'user')?.content
  if (problem === undefined) {
    const expected = "'continue' for a trace that was generated from a raw prompt"
    throw invalidValue('options.mode', expected, 'reprompt')
  }
  const content = repromptText(problem, trace.prunedText)
  return (await runtime.model.renderChat([{ role: 'user', content }])).tokens
}

/** Mode 'continue': exact tokens of what was generated, then the tag that ends the thinking. */
async function proceed(runtime: Runtime, trace: PrunedTrace): Promise<readonly number[]> {
  const { thinking, answer, tokens } = trace
  const closing = tokens.slice(thinking.tokenEnd, answer.tokenStart)
  const tag =
    closing.length > 0
      ? closing
      : await runtime.model.tokenize('\n</think>\n\n', { parseSpecial: true })
  const first = trace.steps[0]?.tokenStart ?? thinking.tokenEnd
  return [...trace.prompt.tokens, ...tokens.slice(0, first), ...trace.prunedTokens, ...tag]
}

interface Job {
  readonly prompt: Int32Array
  readonly branch: number
}

const sharedLength = (a: Int32Array, b: Int32Array): number => {
  const end = Math.min(a.length, b.length)
  let i = 0
  while (i < end && a[i] === b[i]) i++
  return i
}

/**
 * Jobs that fit into the context side by side: each needs cells for what it does not share with
 * one before it, and for its answer. The trace at home makes room when it stands in the way.
 */
async function groups(
  { branches }: Runtime,
  prompts: readonly Int32Array[],
  maxTokens: number,
): Promise<Job[][]> {
  await branches.dropScratch()
  const cells = (prompt: Int32Array, before: readonly Job[]): number => {
    const shared = before.map(job => sharedLength(prompt, job.prompt))
    // the last token is decoded in any case, for its logits
    return Math.max(1, prompt.length - Math.max(0, ...shared)) + maxTokens
  }
  const free = branches.contextLength - branches.length(home)
  const all: Job[] = prompts.map(prompt => ({ prompt, branch: home }))
  const total = all.reduce((sum, { prompt }, i) => sum + cells(prompt, all.slice(0, i)), 0)
  const keepHome = branches.count > 1 && total <= free
  if (!keepHome) await branches.drop(home)

  const first = keepHome ? home + 1 : home
  const result: Job[][] = []
  let group: Job[] = []
  let used = 0
  for (const prompt of prompts) {
    const needed = cells(prompt, group)
    const full = used + needed > (keepHome ? free : branches.contextLength)
    if (group.length > 0 && (full || first + group.length >= branches.count)) {
      result.push(group)
      group = []
      used = 0
    }
    used += cells(prompt, group)
    group.push({ prompt, branch: first + group.length })
  }
  return group.length > 0 ? [...result, group] : result
}

/** One job while it is decoded. */
interface Running extends Job {
  readonly decoded: number
  readonly text: TokenText
  readonly logprobs: number[]
  finish: Evaluation['finish']
}

async function evaluateGroup(
  { branches }: Runtime,
  group: readonly Job[],
  options: ResolvedEvaluateOptions,
): Promise<Evaluation[]> {
  const started = performance.now()
  await branches.dropScratch()
  const running: Running[] = []
  for (const job of group) {
    const { decoded } = await branches.fill(job.branch, job.prompt, options)
    branches.sampler(job.branch, options.sampling, [])
    running.push({ ...job, decoded, text: new TokenText(), logprobs: [], finish: 'length' })
  }
  let live: readonly Running[] = running
  for (let left = options.maxTokens; left > 0 && live.length > 0; left -= chunkTokens) {
    options.signal?.throwIfAborted()
    const count = Math.min(left, chunkTokens)
    const samples = await branches.sample(
      live.map(({ branch }) => branch),
      count,
    )
    options.signal?.throwIfAborted()
    if (samples.some(({ finish }) => finish === 'aborted')) {
      throw new CotPruneError('ERR_CLOSED', 'the session was closed meanwhile')
    }
    live = live.filter((job, i) => {
      const sample = samples[i]
      if (sample === undefined) return false
      job.text.push(sample)
      job.logprobs.push(...sample.logprobs)
      if (sample.finish === 'end' || sample.finish === 'stop') job.finish = sample.finish
      return sample.finish === 'more'
    })
  }
  options.signal?.throwIfAborted()
  const millis = performance.now() - started
  return running.map(job => toEvaluation(job, options, millis / group.length))
}

function toEvaluation(job: Running, options: ResolvedEvaluateOptions, millis: number): Evaluation {
  job.text.flush()
  const { text } = job.text
  const generated = job.logprobs.length
  const meanLogprob = generated === 0 ? 0 : job.logprobs.reduce((a, b) => a + b, 0) / generated
  return {
    mode: options.mode,
    text,
    answer: extractAnswer(text),
    finish: job.finish,
    tokens: { prompt: job.prompt.length, decoded: job.decoded, generated },
    meanLogprob,
    millis,
  }
}
