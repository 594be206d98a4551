/** `cot-prune study`: which scores find the steps that matter, and what pruning by each does; one report of a model. */

import { makeFolder } from '../../../base/files.js'
import {
  describeStudy,
  estimateStudy,
  type FinishedPart,
  probeStudy,
  runStudy,
  type StudyFile,
  StudyFolder,
  type StudyOptions,
  type StudyPart,
  type StudyPlan,
  studyJson,
} from '../../../experiment/index.js'
import type { Session } from '../../../index.js'
import {
  durationText,
  renderEstimate,
  renderStudies,
  renderStudy,
  renderStudyPart,
} from '../../../report/index.js'
import { interruptible } from '../interruptible.js'
import { modelPath, openModel } from '../open-model.js'
import { createCounter, note } from '../progress.js'
import type { StudyFlags } from '../study/flags.js'
import { inputsOf } from '../study/inputs.js'
import { hasWorkers } from '../workers/crew.js'
import { openStudyCrew, partsOfWorkers } from '../workers/study-work.js'

/** Returns the exit code, and rejects with what went wrong. */
export function studyCommand(flags: StudyFlags): Promise<number> {
  return interruptible({ out: flags.out }, signal => studyJob(flags, signal))
}

async function studyJob(flags: StudyFlags, signal: AbortSignal): Promise<void> {
  // before the model, which takes its time: what can be wrong here is wrong at once
  const inputs = await inputsOf(flags)
  if (flags.out !== undefined) await makeFolder(flags.out)
  const others = hasWorkers(flags)
  const loading = others ? { ...flags, gpuLayers: 0 } : flags
  const model = await openModel(await modelPath(flags, signal), loading, { signal })
  try {
    const { context: contextLength, threads } = flags
    const options = { ...inputs, model, signal }
    const study = await describeStudy(options, { contextLength, threads })
    const folder =
      flags.out === undefined
        ? null
        : await StudyFolder.open(flags.out, study, { resume: flags.resume, signal })
    try {
      const given = { study: folder?.study ?? study, folder, options }
      if (others) await studyOfWorkers(flags, given)
      else {
        const session = await model.createSession({ contextLength, threads, signal })
        await studyHere(flags, given, session)
      }
    } finally {
      await folder?.close()
    }
  } finally {
    await model.close()
  }
}

interface Given {
  readonly study: StudyFile
  readonly folder: StudyFolder | null
  readonly options: StudyPlan
}

/** In this process; it says first how long it will take. */
async function studyHere(flags: StudyFlags, given: Given, session: Session): Promise<void> {
  const { study, folder } = given
  const options = { ...given.options, session, finished: study.parts, solved: folder?.solved }
  for (const name of study.asked) await printPart(flags, study, name)
  const left = leftOf(study)
  const speed = left.length === 0 ? null : await probeStudy(options)
  if (speed !== null) note(renderEstimate(estimateStudy(options, speed)), flags)
  const progress = await createPartProgress(left, flags)
  const { onProgress } = progress
  const onSolved: StudyOptions['onSolved'] = solved => folder?.addSolved(solved)
  const told = ({ parts }: StudyFile, name: StudyPart) => {
    progress.stop(name)
    const tokens = name === 'traces' ? parts.traces?.data?.tokens : null
    if (speed === null || !tokens) return
    const rest = estimateStudy({ ...options, finished: parts }, speed)
    note(`${durationText(rest.seconds)} left, with traces of ${tokens.toFixed(0)} tokens`, flags)
  }
  try {
    await makeStudy(flags, given, runStudy({ ...options, onProgress, onSolved }), told)
  } finally {
    for (const name of left) progress.stop(name)
  }
}

async function studyOfWorkers(flags: StudyFlags, given: Given): Promise<void> {
  const { study, folder, options } = given
  for (const name of study.asked) await printPart(flags, study, name)
  const crew = await openStudyCrew(flags, options.model, study)
  const counters = await createPartProgress(['traces'], flags)
  try {
    const made = partsOfWorkers({
      ...{ study, crew, signal: options.signal },
      solved: folder?.solved ?? [],
      problems: options.dataset.problems.length,
      onSolved: solved => folder?.addSolved(solved),
      onProgress: counters.onProgress,
    })
    await makeStudy(flags, given, made, (_, name) => counters.stop(name))
  } finally {
    counters.stop('traces')
    await crew.close()
  }
}

const leftOf = ({ asked, parts }: StudyFile): readonly StudyPart[] =>
  asked.filter(name => parts[name] === undefined)

/** Each part is printed and on the disk as soon as it is there: the next one may take its time. */
async function makeStudy(
  flags: StudyFlags,
  { study: begun, folder }: Given,
  made: AsyncIterable<FinishedPart>,
  told: (study: StudyFile, name: StudyPart) => void,
): Promise<void> {
  let study = begun
  for await (const { name, record } of made) {
    study = { ...study, parts: { ...study.parts, [name]: record } }
    await folder?.add({ name, record })
    await folder?.report(await renderStudy(study))
    await printPart(flags, study, name)
    told(study, name)
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
