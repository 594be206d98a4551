/** `cot-prune study`: which scores find the steps that matter, and what pruning by each does; one report of a model. */

import { makeFolder } from '../../../base/files.js'
import {
  describeStudy,
  estimateStudy,
  probeStudy,
  runStudy,
  type StudyFile,
  StudyFolder,
  type StudyOptions,
  type StudyPart,
  studyJson,
} from '../../../experiment/index.js'
import type { Model } from '../../../index.js'
import {
  durationText,
  renderEstimate,
  renderStudies,
  renderStudy,
  renderStudyPart,
} from '../../../report/index.js'
import { askOf } from '../ask-flags.js'
import { labelledTraces, limitedDataset } from '../calibration.js'
import { openFlagged } from '../dataset-flags.js'
import { interruptible } from '../interruptible.js'
import { modelPath, openModel } from '../open-model.js'
import { createCounter, note } from '../progress.js'
import { type StudyFlags, sizeOf } from '../study/flags.js'

/** Returns the exit code, and rejects with what went wrong. */
export function studyCommand(flags: StudyFlags): Promise<number> {
  return interruptible({ out: flags.out }, signal => studyJob(flags, signal))
}

async function studyJob(flags: StudyFlags, signal: AbortSignal): Promise<void> {
  // before the model, which takes its time: what can be wrong here is wrong at once
  const inputs = await inputsOf(flags)
  if (flags.out !== undefined) await makeFolder(flags.out)
  const model = await openModel(await modelPath(flags, signal), flags, { signal })
  try {
    const { context: contextLength, threads } = flags
    const session = await model.createSession({ contextLength, threads, signal })
    const options = { ...inputs, model, session, signal }
    const study = await describeStudy(options, { contextLength, threads })
    const folder =
      flags.out === undefined
        ? null
        : await StudyFolder.open(flags.out, study, { resume: flags.resume, signal })
    try {
      await makeStudy(flags, options, folder?.study ?? study, folder)
    } finally {
      await folder?.close()
    }
  } finally {
    await model.close()
  }
}

type Inputs = Omit<StudyOptions, 'model' | 'session'>

async function inputsOf(flags: StudyFlags): Promise<Inputs> {
  const { parts, limit, problems, maxTokens, shares, inFlight } = sizeOf(flags)
  const { heads, seed } = flags
  return {
    ...{ parts, maxTokens, shares, inFlight, heads, seed },
    dataset: limitedDataset(await openFlagged(flags), problems),
    labelled: await labelledTraces({ ...flags, ...(limit !== undefined && { limit }) }),
    ask: askOf(flags),
  }
}

/** Each part is printed and on the disk as soon as it is there: the next one may take its time. */
async function makeStudy(
  flags: StudyFlags,
  given: StudyOptions & { readonly model: Model },
  begun: StudyFile,
  folder: StudyFolder | null,
): Promise<void> {
  let study = begun
  const options = { ...given, finished: begun.parts, solved: folder?.solved }
  for (const name of study.asked) await printPart(flags, study, name)
  const left = study.asked.filter(name => study.parts[name] === undefined)
  const speed = left.length === 0 ? null : await probeStudy(options)
  if (speed !== null) note(renderEstimate(estimateStudy(options, speed)), flags)
  const progress = await createPartProgress(left, flags)
  const { onProgress } = progress
  const onSolved: StudyOptions['onSolved'] = solved => folder?.addSolved(solved)
  try {
    for await (const { name, record } of runStudy({ ...options, onProgress, onSolved })) {
      progress.stop(name)
      study = { ...study, parts: { ...study.parts, [name]: record } }
      await folder?.add({ name, record })
      await folder?.report(await renderStudy(study))
      await printPart(flags, study, name)
      const tokens = name === 'traces' ? study.parts.traces?.data?.tokens : null
      if (speed !== null && tokens) {
        const rest = estimateStudy({ ...options, finished: study.parts }, speed)
        note(
          `${durationText(rest.seconds)} left, with traces of ${tokens.toFixed(0)} tokens`,
          flags,
        )
      }
    }
  } finally {
    for (const name of left) progress.stop(name)
  }
  await folder?.report(await renderStudy(study))
  if (flags.json) return console.log(studyJson(study).trimEnd())
  console.log(`\n${await renderStudies([study])}`)
}

async function printPart({ json }: StudyFlags, study: StudyFile, name: StudyPart): Promise<void> {
  const part = json ? null : await renderStudyPart(study, name)
  if (part !== null) console.log(`${part.title}\n${part.text}\n`)
}

/** A counter on stderr for each part. */
async function createPartProgress(names: readonly StudyPart[], flags: StudyFlags) {
  const counters = new Map<StudyPart, Awaited<ReturnType<typeof createCounter>>>()
  for (const name of names) {
    counters.set(name, await createCounter(process.stderr, name, flags))
  }
  return {
    onProgress: (name: StudyPart, done: number, total: number) =>
      counters.get(name)?.at(done, total),
    stop: (name: StudyPart) => {
      counters.get(name)?.stop()
      counters.delete(name)
    },
  }
}
