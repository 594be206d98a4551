/**
 * 5. Pruned traces → answers. Several at once share prompts' prefixes and decode as one batch, in which a branch is taken
 * again as soon as an answer ends.
 */

import type { Evaluation, PrunedTrace } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { home } from '../engine/branches.js'
import type { Runtime } from '../engine/runtime.js'
import { BatchLoop } from '../generate/batch/loop.js'
import { isPruned, readTrace } from '../trace/read.js'
import { EvaluationJob } from './evaluation-job.js'
import { type EvaluationPrompt, evaluationPrompt } from './evaluation-prompt.js'
import type { ResolvedEvaluateOptions } from './options.js'

/** The work behind `session.evaluateAll`; see there. */
export async function evaluateAll(
  runtime: Runtime,
  traces: readonly PrunedTrace[],
  options: ResolvedEvaluateOptions,
): Promise<Evaluation[]> {
  const { branches } = runtime
  const most = branches.contextLength
  const prompts = await promptsOf(runtime, traces, options)
  if (options.independent) {
    const evaluations: Evaluation[] = []
    for (const prompt of prompts) {
      await branches.clear()
      const loop = new BatchLoop(runtime, { branches: [home], pace: 'alone' })
      evaluations.push(...(await evaluateIn(loop, runtime, [prompt], { ...options, most })))
    }
    return evaluations
  }
  await branches.dropScratch()
  const scratch = Array.from({ length: branches.count - 1 }, (_, i) => home + 1 + i)
  const loop = new BatchLoop(runtime, {
    ...(scratch.length > 0 ? { branches: scratch, kept: home } : { branches: [home] }),
    pace: 'alone',
  })
  const evaluations = await evaluateIn(loop, runtime, prompts, { ...options, most })
  await branches.dropScratch()
  return evaluations
}

/** The session is in use until the loop has nothing left, also where an evaluation failed. */
async function evaluateIn(
  loop: BatchLoop,
  runtime: Runtime,
  prompts: readonly EvaluationPrompt[],
  options: ResolvedEvaluateOptions & { readonly most: number },
): Promise<Evaluation[]> {
  try {
    return await evaluatePrompts(loop, runtime, prompts, options)
  } finally {
    await loop.idle()
  }
}

/** What the answers of some traces begin with, in their order. @throws CotPruneError ERR_TRACE_INVALID */
export async function promptsOf(
  runtime: Runtime,
  traces: readonly PrunedTrace[],
  options: ResolvedEvaluateOptions,
): Promise<EvaluationPrompt[]> {
  const prompts: EvaluationPrompt[] = []
  for (const trace of traces) {
    if (!isPruned(readTrace(trace))) {
      throw new CotPruneError('ERR_TRACE_INVALID', 'the trace is not pruned: prune() it first')
    }
    prompts.push(await evaluationPrompt(runtime, trace, options))
  }
  return prompts
}

/** Evaluations within a loop, in the order of their prompts; equal prompts are decoded once. */
export async function evaluatePrompts(
  loop: BatchLoop,
  runtime: Runtime,
  prompts: readonly EvaluationPrompt[],
  options: ResolvedEvaluateOptions & { readonly most: number },
): Promise<Evaluation[]> {
  const jobs = new Map<string, EvaluationJob>()
  const keys = prompts.map(keyOf)
  for (const [i, prompt] of prompts.entries()) {
    const key = keys[i] ?? ''
    if (!jobs.has(key)) jobs.set(key, new EvaluationJob(runtime, prompt, options, options.most))
  }
  loop.add(...jobs.values())
  try {
    const first = new Set<string>()
    const evaluations: Evaluation[] = []
    for (const key of keys) {
      const evaluation = await jobs.get(key)?.evaluation
      if (evaluation === undefined) throw new CotPruneError('ERR_DECODE', 'no evaluation came back')
      evaluations.push(first.has(key) ? asBefore(evaluation) : evaluation)
      first.add(key)
    }
    return evaluations
  } finally {
    for (const job of jobs.values()) job.cancelled = true
  }
}

/** Of a prompt that was answered already: the same answer, and nothing was decoded for it. */
const asBefore = (evaluation: Evaluation): Evaluation => ({
  ...evaluation,
  tokens: { ...evaluation.tokens, decoded: 0 },
  millis: 0,
})

const keyOf = ({ tokens, evicted, behind }: EvaluationPrompt): string =>
  [tokens.join(), evicted.map(({ start, end }) => `${start}-${end}`).join(), behind.join()].join(
    ' ',
  )
