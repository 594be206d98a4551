/** `cot-prune pull`: fetch models, or the newest of those that are there. */

import { memoryOf, modelMemory, type ResolvedModel, resolveModel } from '../../../index.js'
import { createDownload } from '../download-progress.js'
import { interruptible } from '../interruptible.js'
import { availableMemory, bytesText, doesFit, memoryText, planText } from '../memory-text.js'
import { note, type QuietFlag } from '../progress.js'

export interface PullFlags extends QuietFlag {
  readonly context?: number
  readonly json?: boolean
}

/** The exit code. */
export function pullCommand(names: readonly string[], flags: PullFlags): Promise<number> {
  return interruptible({ out: undefined }, async signal => {
    const pulled: ResolvedModel[] = []
    for (const name of names) {
      const model = await pull(name, flags, signal)
      pulled.push(model)
      if (!flags.json) console.log(model.path)
    }
    if (flags.json) console.log(JSON.stringify(pulled, null, 2))
  })
}

async function pull(name: string, flags: PullFlags, signal: AbortSignal): Promise<ResolvedModel> {
  const download = await createDownload(process.stderr, flags)
  const { context: contextLength } = flags
  try {
    const model = await resolveModel(name, {
      signal,
      update: true,
      onProgress: download.at,
      onPlan: plan => {
        note(planText(plan), flags)
        if (plan.shape === null || plan.bytes === null) return
        noteFit(memoryOf(plan.shape, plan.bytes, { contextLength }), flags)
      },
    })
    download.stop()
    if (!model.fetched) {
      note(`${name} is there, ${bytesText(model.bytes)}, and is what its source has`, flags)
      const needed = await modelMemory(model.path, { contextLength }).catch(() => null)
      if (needed !== null) noteFit(needed, flags)
    }
    return model
  } finally {
    download.stop()
  }
}

/** It may be for another machine: it is said, and fetched. */
function noteFit(needed: ReturnType<typeof memoryOf>, flags: PullFlags): void {
  const available = availableMemory()
  const text = memoryText(needed, available)
  note(doesFit(needed, available) ? text : `${text}: it does not fit this machine`, flags)
}
