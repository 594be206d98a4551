/** One prompt → several traces: branches that share the prompt's cells and are decoded as one batch. */

import type { Trace } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { home, reservedCells } from '../engine/branches.js'
import type { ResolvedPrompt } from '../engine/prompt-input.js'
import type { Runtime } from '../engine/runtime.js'
import type { ResolvedRolloutOptions } from './options.js'
import { renderPrompt } from './prompt.js'
import { TraceWriter } from './trace-writer.js'

/** Tokens of one native job: nobody watches, and an abort interrupts it. */
const chunkTokens = 64

/** The work behind `session.rollouts`; see there. */
export async function rollouts(
  runtime: Runtime,
  input: ResolvedPrompt,
  options: ResolvedRolloutOptions,
): Promise<Trace[]> {
  const { branches } = runtime
  const prompt = await renderPrompt(runtime, input, options.templateArguments)
  const started = performance.now()
  await branches.dropScratch()
  await branches.fill(home, Int32Array.from(prompt.tokens), options)
  const promptMillis = performance.now() - started
  const traces: Trace[] = []
  const room = branches.contextLength - reservedCells - prompt.tokens.length
  const side = sideBySide(branches.count, room, options)
  for (let first = 0; first < options.count; first += side) {
    const numbers = Array.from(
      { length: Math.min(side, options.count - first) },
      (_, i) => first + i,
    )
    const writers = numbers.map(number => {
      const sampling = { ...options.sampling, seed: (options.sampling.seed + number) >>> 0 }
      const { templateArguments } = options
      return new TraceWriter(runtime, { ...input, prompt, templateArguments }, sampling)
    })
    traces.push(...(await sampleAll(runtime, writers, options, promptMillis)))
    // what one group added goes, the prompt stays for the next
    await branches.dropScratch()
  }
  return traces
}

/** How many fit beside each other, each as long as it may get; at least one, then shortened. */
function sideBySide(count: number, room: number, { maxTokens }: ResolvedRolloutOptions): number {
  return Math.max(1, Math.min(count - 1, Math.floor(room / maxTokens)))
}

interface Running {
  readonly branch: number
  readonly writer: TraceWriter
  left: number
  finish: Trace['finish']
}

async function sampleAll(
  { branches }: Runtime,
  writers: readonly TraceWriter[],
  { maxTokens, stop, signal }: ResolvedRolloutOptions,
  promptMillis: number,
): Promise<Trace[]> {
  const started = performance.now()
  const running: Running[] = []
  for (const [i, writer] of writers.entries()) {
    const branch = branches.count > 1 ? home + 1 + i : home
    if (branch === home) await branches.fill(home, writer.promptTokens, { signal })
    else await branches.fork(home, branch)
    branches.sampler(branch, writer.sampling, stop)
    running.push({ branch, writer, left: maxTokens, finish: 'length' })
  }
  for (let live: readonly Running[] = running; live.length > 0; ) {
    signal?.throwIfAborted()
    const size = Math.min(chunkTokens, ...live.map(({ left }) => left))
    const samples = await branches.sample(
      live.map(({ branch }) => branch),
      size,
    )
    signal?.throwIfAborted()
    live = live.filter((one, i) => {
      const sample = samples[i]
      if (sample === undefined || sample.finish === 'aborted') {
        throw new CotPruneError('ERR_CLOSED', 'the session was closed meanwhile')
      }
      one.writer.push(sample, null, sample.finish !== 'more')
      one.left -= sample.tokens.length
      if (sample.finish === 'end' || sample.finish === 'stop') one.finish = sample.finish
      return sample.finish === 'more' && one.left > 0
    })
  }
  const millis = { prompt: promptMillis, generation: performance.now() - started }
  return running.map(({ writer, finish }) => writer.trace(finish, millis))
}
