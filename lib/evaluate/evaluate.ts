/** 5. Pruned traces → answers. Several at once share prompts' prefixes and decode as one batch. */

import type { Evaluation, ExtractedAnswer, PrunedTrace } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { home } from '../engine/branches.js'
import type { Runtime } from '../engine/runtime.js'
import { endsInLoop } from '../generate/looping.js'
import { isPruned, readTrace } from '../trace/read.js'
import { findThinking } from '../trace/spans.js'
import { TokenText } from '../trace/token-text.js'
import { answerIn, extractAnswer } from './answer.js'
import { type EvaluationPrompt, evaluationPrompt, heldTokens } from './evaluation-prompt.js'
import type { ResolvedEvaluateOptions } from './options.js'

/** Tokens that are sampled in one native job: nobody watches, and an abort interrupts it. */
const chunkTokens = 256

/** The work behind `session.evaluateAll`; see there. */
export async function evaluateAll(
  runtime: Runtime,
  traces: readonly PrunedTrace[],
  options: ResolvedEvaluateOptions,
): Promise<Evaluation[]> {
  const prompts: EvaluationPrompt[] = []
  for (const trace of traces) {
    if (!isPruned(readTrace(trace))) {
      throw new CotPruneError('ERR_TRACE_INVALID', 'the trace is not pruned: prune() it first')
    }
    prompts.push(await evaluationPrompt(runtime, trace, options))
  }
  const evaluations: Evaluation[] = []
  if (options.independent) {
    for (const prompt of prompts) {
      await runtime.branches.clear()
      evaluations.push(...(await evaluateGroup(runtime, [{ prompt, branch: home }], options)))
    }
    return evaluations
  }
  for (const group of await groups(runtime, prompts, options.maxTokens)) {
    evaluations.push(...(await evaluateGroup(runtime, group, options)))
  }
  await runtime.branches.dropScratch()
  return evaluations
}

interface Job {
  readonly prompt: EvaluationPrompt
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
 * the trace at home or with a job before it, and for its answer. The trace at home makes room when
 * it stands in the way.
 */
async function groups(
  { branches, model }: Runtime,
  prompts: readonly EvaluationPrompt[],
  maxTokens: number,
): Promise<Job[][]> {
  await branches.dropScratch()
  const cells = (prompt: EvaluationPrompt, before: readonly EvaluationPrompt[], atHome: number) => {
    const shared = model.info.recurrent
      ? []
      : before.map(other => sharedLength(prompt.tokens, other.tokens))
    // the last token is decoded in any case, for its logits
    const own = Math.max(1, prompt.tokens.length - Math.max(atHome, ...shared))
    return own + prompt.behind.length + maxTokens
  }
  const free = branches.contextLength - branches.length(home)
  const sharedWithHome = new Map(prompts.map(it => [it, branches.shared(home, it.tokens)]))
  const total = prompts.reduce(
    (sum, it, i) => sum + cells(it, prompts.slice(0, i), sharedWithHome.get(it) ?? 0),
    0,
  )
  const keepHome = branches.count > 1 && total <= free
  if (!keepHome) await branches.drop(home)

  const first = keepHome ? home + 1 : home
  const result: Job[][] = []
  let group: Job[] = []
  let used = 0
  for (const prompt of prompts) {
    const inGroup = () => group.map(job => job.prompt)
    const shared = keepHome ? (sharedWithHome.get(prompt) ?? 0) : 0
    const needed = cells(prompt, inGroup(), shared)
    const full = used + needed > (keepHome ? free : branches.contextLength)
    if (group.length > 0 && (full || first + group.length >= branches.count)) {
      result.push(group)
      group = []
      used = 0
    }
    used += cells(prompt, inGroup(), shared)
    group.push({ prompt, branch: first + group.length })
  }
  return group.length > 0 ? [...result, group] : result
}

/** One job while it is decoded. */
interface Running extends Job {
  readonly decoded: number
  readonly text: TokenText
  readonly tokens: number[]
  readonly logprobs: number[]
  finish: Evaluation['finish']
}

async function evaluateGroup(
  { branches, model }: Runtime,
  group: readonly Job[],
  options: ResolvedEvaluateOptions,
): Promise<Evaluation[]> {
  const started = performance.now()
  await branches.dropScratch()
  const running: Running[] = []
  for (const job of group) {
    const { decoded } = await branches.fill(job.branch, job.prompt.tokens, options)
    running.push({
      ...job,
      decoded,
      text: new TokenText(),
      tokens: [],
      logprobs: [],
      finish: 'length',
    })
  }
  // only now: a branch with holes has no prefix that others could share
  for (const { branch, prompt } of running) {
    if (prompt.evicted.length > 0) {
      await branches.evict(branch, prompt.evicted)
      await branches.extend(branch, prompt.behind)
    }
    branches.sampler(branch, options.sampling, [])
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
      job.tokens.push(...sample.tokens)
      job.logprobs.push(...sample.logprobs)
      if (sample.finish === 'end' || sample.finish === 'stop') job.finish = sample.finish
      return sample.finish === 'more'
    })
  }
  options.signal?.throwIfAborted()
  const millis = performance.now() - started
  return running.map(job => ({
    ...toEvaluation(job, model, options, millis / group.length),
    ...(model.info.hybrid && job.prompt.evicted.length > 0 && { recurrentStateKept: true }),
  }))
}

/**
 * What stands behind the thinking that went on. Where that was not closed, it is what the model said at the end of all
 * it said; a thought that was cut in its middle is no answer.
 */
function resumedAnswer(
  { text, tokens, finish }: Running,
  model: Runtime['model'],
): ExtractedAnswer {
  const { thinking: tags, info } = model
  const written = { text: text.text, tokens, tokenEnds: text.ends }
  const { answer } = findThinking({ ...written, tags, prompt: 'opened' })
  const behind = text.text.slice(answer.charStart, answer.charEnd)
  if (behind.trim() !== '') return answerIn(behind)
  const cut = finish === 'length' && info.thinking !== null
  return cut ? { value: null, extraction: 'none' } : extractAnswer(text.text)
}

function toEvaluation(
  job: Running,
  model: Runtime['model'],
  options: ResolvedEvaluateOptions,
  millis: number,
): Evaluation {
  job.text.flush()
  const text = job.prompt.cue.trimStart() + job.text.text
  const generated = job.logprobs.length
  const meanLogprob = generated === 0 ? 0 : job.logprobs.reduce((a, b) => a + b, 0) / generated
  return {
    mode: options.mode,
    text,
    answer: options.mode === 'resume' ? resumedAnswer(job, model) : answerIn(text),
    finish: job.finish,
    ...(job.finish === 'length' && endsInLoop(job.tokens) && { looping: true }),
    tokens: {
      prompt: heldTokens(job.prompt),
      decoded: job.decoded + job.prompt.behind.length,
      generated,
    },
    meanLogprob,
    millis,
  }
}
