/** `cot-prune compress`: a file of traces, its thinkings pruned. */

import {
  type ChosenHeads,
  compressFile,
  type MethodName,
  type OnError,
  type Shard,
} from '../../../experiment/index.js'
import { buildInfo, cores, type Model, type Session } from '../../../index.js'
import { renderCompressed } from '../../../report/index.js'
import { type PromptFlags, promptOf } from '../ask-flags.js'
import { chosenHeads, findHeads, howTo } from '../chosen-heads.js'
import { createRowProgress } from '../compress-progress.js'
import { interruptible } from '../interruptible.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { note } from '../progress.js'
import { type RuleFlags, ruleOf } from '../rule-flags.js'
import { type SegmentFlags, segmentingOf } from '../segmenting.js'
import { withoutSession } from '../workers/absent.js'
import { groupsOfWorkers } from '../workers/compress-work.js'
import { hasWorkers } from '../workers/crew.js'
import type { WorkersFlags } from '../workers/flags.js'

export interface CompressFlags
  extends ModelFlags,
    PromptFlags,
    SegmentFlags,
    RuleFlags,
    WorkersFlags {
  readonly method?: MethodName
  readonly heads?: string
  readonly protectLast?: number
  readonly out: string
  readonly resume?: boolean
  readonly limit?: number
  readonly shard?: Shard
  readonly parallel: number
  readonly onError: OnError
  readonly check: number
  readonly seed: number
  readonly threads?: number
  readonly json?: boolean
}

/** The exit code: 130 where Ctrl-C ended it. */
export async function compressCommand(input: string, flags: CompressFlags): Promise<number> {
  const progress = await createRowProgress(process.stderr, flags)
  try {
    return await interruptible({ out: flags.out, stop: progress.stop }, async signal => {
      const file = await modelPath(flags, signal)
      const scoring = await scoringOf(flags, file)
      const model = await openModel(file, loadingOf(flags), { signal })
      try {
        const options = { ...scoring, ...optionsOf(flags) }
        const doing = hasWorkers(flags)
          ? {
              session: withoutSession(model, flags.context),
              groups: groupsOfWorkers(flags, { input, model, options, signal }),
            }
          : { session: await sessionsOf(model, flags) }
        const totals = await compressFile({
          ...options,
          ...doing,
          input,
          out: flags.out,
          source: { model: model.info, contextLength: flags.context, build: buildInfo() },
          resume: flags.resume,
          shard: flags.shard,
          signal,
          onProgress: progress.at,
        })
        progress.stop()
        console.log(flags.json ? JSON.stringify(totals, null, 2) : await renderCompressed(totals))
        if (Object.keys(totals.failed).length > 0) {
          note(`the lines that were not pruned are in ${flags.out}.report.jsonl`, flags)
        }
      } finally {
        await model.close()
      }
    })
  } finally {
    progress.stop()
  }
}

/** Who hands the work out needs what the model says, and no GPU. */
const loadingOf = (flags: CompressFlags): CompressFlags =>
  hasWorkers(flags) ? { ...flags, gpuLayers: 0 } : flags

/** What rows depend on, beside the model. */
const optionsOf = (flags: CompressFlags) => ({
  rule: ruleOf(flags),
  segmenting: segmentingOf(flags),
  protect: flags.protectLast === undefined ? undefined : { last: flags.protectLast },
  ask: promptOf(flags),
  parallel: flags.parallel,
  onError: flags.onError,
  check: flags.check,
  limit: flags.limit,
  seed: flags.seed,
})

/** The chosen heads where the model has some, as `run` does. */
async function scoringOf(
  flags: CompressFlags,
  file: string,
): Promise<{ readonly method: MethodName; readonly heads?: ChosenHeads }> {
  const { method } = flags
  if (method === 'step-graph') return { method, heads: await chosenHeads(flags, file) }
  if (method !== undefined) return { method }
  const heads = await findHeads(flags, file)
  if (heads !== null) return { method: 'step-graph', heads }
  note(`scored by the last token's attention, since ${howTo(flags)}`, flags)
  return { method: 'last-token' }
}

/** On a CPU as many contexts as rows at once, each with its part of the cores; what they share there is the weights. */
async function sessionsOf(model: Model, flags: CompressFlags): Promise<readonly Session[]> {
  const { parallel, context: contextLength } = flags
  const { usable } = cores()
  const contexts = model.info.gpuLayers > 0 ? 1 : Math.min(parallel, usable)
  const share = contexts === 1 ? undefined : Math.max(1, Math.floor(usable / contexts))
  const threads = flags.threads ?? share
  // beside home a branch for each row of a batch
  const branches = Math.max(8, parallel + 1)
  const sessions: Session[] = []
  while (sessions.length < contexts) {
    sessions.push(await model.createSession({ contextLength, threads, branches }))
  }
  return sessions
}
