/** What a study is of, and what it was made on: all of `study.json` but its parts. */

import { cpus } from 'node:os'
import { basename } from 'node:path'
import { buildInfo, cores, devices } from '../../../index.js'
import { sha256, sha256OfFile } from '../../results/files.js'
import { sha256OfProblems, tagsOf } from '../../results/run-key.js'
import { askFor, resolveAsk } from '../../run/ask-options.js'
import { demandCapture, resolvePlan, type StudyPlan } from './run-study.js'
import type { StudyFile } from './types.js'

/** What the options do not tell. */
export interface StudySource {
  readonly contextLength?: number | undefined
  readonly threads?: number | undefined
}

/** A study that has no part yet, for `StudyFolder.open`. Reads the whole model file, for its sha256. @throws CotPruneError ERR_CAPTURE_UNAVAILABLE */
export async function describeStudy(
  options: StudyPlan,
  { contextLength, threads = cores().usable }: StudySource = {},
): Promise<StudyFile> {
  const { model, dataset, labelled, ...how } = resolvePlan(options)
  demandCapture(model)
  const { info } = model
  const build = buildInfo()
  const hash = await sha256OfFile(info.path)
  const thinking = tagsOf(info.thinking)
  const { name, architecture, fileType, parameters, layers, heads } = info
  return {
    version: 1,
    key: {
      model: hash,
      cotPrune: {
        version: build.version,
        llamaCommit: build.llamaCommit,
        patch: build.patchSha256,
      },
      dataset: {
        name: dataset.name,
        problems: dataset.problems.length,
        sha256: sha256OfProblems(dataset),
      },
      labelled: { traces: labelled.length, sha256: sha256(JSON.stringify(labelled)) },
      contextLength: contextLength ?? null,
      thinking,
      chatTemplate: info.chatTemplate === null ? null : sha256(info.chatTemplate),
      ask: resolveAsk(askFor(dataset, how.ask), {}, info.sampling),
      seed: how.seed,
      maxTokens: how.maxTokens,
      heads: how.heads ?? null,
      shares: how.shares,
      inFlight: how.inFlight,
    },
    model: {
      name: name || basename(info.path),
      file: basename(info.path),
      sha256: hash,
      ...{ architecture, fileType, parameters, layers, heads, thinking },
    },
    build,
    machine: {
      platform: `${process.platform}-${process.arch}`,
      node: process.version,
      processor: cpus()[0]?.model.trim() || 'unknown',
      cores: cores().usable,
      threads,
      gpuLayers: info.gpuLayers,
      devices: devices().map(({ name, description }) => ({ name, description })),
    },
    date: new Date().toISOString(),
    asked: how.parts,
    parts: {},
  }
}
