/** One prompt → several traces: branches that share the prompt's cells and are decoded as one batch. */

import type { Trace } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { home, reservedCells } from '../engine/branches.js'
import type { ResolvedPrompt } from '../engine/prompt-input.js'
import type { Runtime } from '../engine/runtime.js'
import { finishOf } from './finish.js'
import type { ResolvedRolloutOptions } from './options.js'
import { renderPrompt } from './prompt.js'
import { TraceWriter } from './trace-writer.js'

/** Tokens of one native job: nobody watches, and an abort interrupts it. */
const chunkTokens = 64
/** As long as others wait for a branch: one that ended is refilled behind so many tokens of the rest, at most. */
const refillTokens = 16

/** The work behind `session.rollouts`; see there. */
export async function rollouts(
  runtime: Runtime,
  input: ResolvedPrompt,
  options: ResolvedRolloutOptions,
): Promise<Trace[]> {
  const { branches } = runtime
  const { sampling, templateArguments, count } = options
  const prompt = await renderPrompt(runtime, input, templateArguments)
  const started = performance.now()
  await branches.dropScratch()
  await branches.fill(home, Int32Array.from(prompt.tokens), options)
  const promptMillis = performance.now() - started
  const room = branches.contextLength - reservedCells - prompt.tokens.length
  const side = sideBySide(branches.count, room, options)
  const waiting = Array.from({ length: count }, (_, number) => {
    const own = { ...sampling, seed: (sampling.seed + number) >>> 0 }
    return {
      number,
      writer: new TraceWriter(runtime, { ...input, prompt, templateArguments }, own),
    }
  })
  const free = Array.from({ length: side }, (_, i) => (branches.count > 1 ? home + 1 + i : home))
  const traces: Trace[] = []
  let live: readonly Running[] = []
  while (live.length > 0 || waiting.length > 0) {
    options.signal?.throwIfAborted()
    for (const { number, writer } of waiting.splice(0, free.length)) {
      const branch = free.shift() ?? home
      await begin(runtime, branch, writer, options)
      live = [
        ...live,
        { number, branch, writer, left: options.maxTokens, started: performance.now() },
      ]
    }
    const most = waiting.length > 0 ? refillTokens : chunkTokens
    const ended = await sampleAll(runtime, live, most, options)
    for (const [{ number, branch, writer, started }, finish] of ended) {
      const millis = { prompt: promptMillis, generation: performance.now() - started }
      traces[number] = writer.trace(finish, millis)
      if (branch !== home) await branches.drop(branch)
      free.push(branch)
    }
    live = live.filter(one => !ended.has(one))
  }
  return traces
}

/** How many fit beside each other, each as long as it may get; at least one, then shortened. */
function sideBySide(count: number, room: number, { maxTokens }: ResolvedRolloutOptions): number {
  return Math.max(1, Math.min(count - 1, Math.floor(room / maxTokens)))
}

interface Running {
  /** Its place among the traces. */
  readonly number: number
  readonly branch: number
  readonly writer: TraceWriter
  readonly started: number
  left: number
}

/** The prompt's cells are shared; with a single branch what was generated behind them goes. */
async function begin(
  { branches }: Runtime,
  branch: number,
  writer: TraceWriter,
  { stop, signal }: ResolvedRolloutOptions,
): Promise<void> {
  if (branch === home) await branches.fill(home, writer.promptTokens, { signal })
  else await branches.fork(home, branch)
  branches.sampler(branch, writer.sampling, stop)
}

/** A job for all of them; those that ended, and how. */
async function sampleAll(
  { branches }: Runtime,
  live: readonly Running[],
  most: number,
  { signal }: ResolvedRolloutOptions,
): Promise<ReadonlyMap<Running, Trace['finish']>> {
  const ended = new Map<Running, Trace['finish']>()
  const size = Math.min(most, ...live.map(({ left }) => left))
  const samples = await branches.sample(
    live.map(({ branch }) => branch),
    size,
  )
  signal?.throwIfAborted()
  for (const [i, one] of live.entries()) {
    const sample = samples[i]
    if (sample === undefined || sample.finish === 'aborted') {
      throw new CotPruneError('ERR_CLOSED', 'the session was closed meanwhile')
    }
    one.left -= sample.tokens.length
    const finish = finishOf(sample, one.left <= 0, false)
    one.writer.push(sample, null, finish !== null)
    if (finish !== null) ended.set(one, finish)
  }
  return ended
}
