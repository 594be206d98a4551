/** The report of a folder of results: a page, and the pictures beside it. */

import { join } from 'node:path'
import { checkKnown, keysOf } from '../base/check.js'
import { CotPruneError } from '../base/errors.js'
import { replaceFile, writing } from '../base/files.js'
import { takeLock } from '../base/lock.js'
import {
  type ExperimentSummary,
  inOrder,
  type MethodResult,
  type ProblemResult,
  readResults,
  summarize,
} from '../experiment/index.js'
import { drawPng, drawSvg } from './charts/draw.js'
import { heatmapSpec } from './charts/heatmap.js'
import { importanceSpec } from './charts/importance.js'
import type { ChartSpec } from './charts/spec.js'
import { finishSpec, tradeoffSpec } from './charts/tradeoff.js'
import { html, type Pictures } from './html/page.js'
import { drawStepGraph } from './step-graph-svg.js'

/** What `writeReport` takes beside the folder. */
export interface ReportOptions {
  /** Of these results, where it is at hand: its intervals take seconds for hundreds of problems. @default made again */
  readonly summary?: ExperimentSummary | undefined
}

/** What `writeReport` wrote, and what it could not. */
export interface WrittenReport {
  /** The page. */
  readonly path: string
  /** All files, the page first. */
  readonly files: readonly string[]
  /** What is not there, and why. */
  readonly missing: readonly string[]
}

/**
 * Write `report.html` into a folder that `run --out` or a `ResultFolder` wrote, with the pictures as SVG, PNG and
 * Vega-Lite specifications. Without the optional packages the page comes without its charts. It may be called while the run
 * goes on; of several at once, one after the other writes.
 *
 * @throws CotPruneError ERR_RESULTS where the folder has no results, or a damaged line, which it names, or cannot be written;
 * ERR_DISK_FULL
 */
export async function writeReport(
  folder: string,
  options: ReportOptions = {},
): Promise<WrittenReport> {
  checkKnown('options', options, keysOf<ReportOptions>({ summary: true }))
  const { run, results: saved, failed, date } = await readResults(folder)
  const results = inOrder(saved)
  const { summary = summarize(results, run.context) } = options
  const lock = await writing(folder, () => takeLock(join(folder, '.report.lock'), { signal: null }))
  try {
    const { pictures, files, missing } = await drawAll(folder, results, summary)
    const path = join(folder, 'report.html')
    const told = { run, pictures, failed, ...(date !== null && { date }) }
    await replaceFile(path, html(results, summary, told))
    return { path, files: [path, ...files], missing }
  } finally {
    await lock.release()
  }
}

/** The pictures in all their forms, and for the page those that belong into it. */
async function drawAll(
  folder: string,
  results: readonly ProblemResult[],
  summary: ExperimentSummary,
) {
  const files: string[] = []
  const missing = new Set<string>()
  const draw = async (name: string, spec: ChartSpec | null) => {
    if (spec === null) return null
    const drawn = await picture(folder, name, spec)
    files.push(...drawn.files)
    for (const what of drawn.missing) missing.add(what)
    return drawn.svg
  }
  await draw('importance', importanceOf(results))
  const pictures: Pictures = {
    tradeoff: await draw('tradeoff', tradeoffSpec(summary)),
    finish: await draw('finish', finishSpec(summary)),
    heatmap: await draw('heatmap', heatmapOf(results)),
    stepGraph: stepGraphOf(results),
  }
  if (pictures.stepGraph != null) {
    files.push(join(folder, 'step-graph.svg'))
    await replaceFile(join(folder, 'step-graph.svg'), pictures.stepGraph)
  }
  return { pictures, files, missing: [...missing] }
}

/** One picture in all its forms; what cannot be drawn here is named. */
async function picture(folder: string, name: string, spec: ChartSpec) {
  const at = (extension: string) => join(folder, `${name}.${extension}`)
  const files: string[] = [at('vl.json')]
  await replaceFile(at('vl.json'), `${JSON.stringify(spec, null, 2)}\n`)
  const missing: string[] = []
  const svg = await orMissing(missing, () => drawSvg(spec))
  if (svg === undefined) return { svg, files, missing }
  files.push(at('svg'))
  await replaceFile(at('svg'), svg)
  const png = await orMissing(missing, () => drawPng(svg))
  if (png === null)
    missing.push(
      'this machine has no font, and PNGs would have no text (Debian: fonts-dejavu-core)',
    )
  if (png) {
    files.push(at('png'))
    await replaceFile(at('png'), png)
  }
  return { svg, files, missing }
}

async function orMissing<T>(missing: string[], draw: () => Promise<T>): Promise<T | undefined> {
  try {
    return await draw()
  } catch (error) {
    if (!CotPruneError.is(error, 'ERR_OPTIONAL_PACKAGE')) throw error
    missing.push(error.message)
    return undefined
  }
}

/** Of the first trace that has steps, as the first method scored it, at the middle threshold. */
function importanceOf(results: readonly ProblemResult[]): ChartSpec | null {
  const result = results.find(({ steps, methods }) => steps.length > 0 && methods.length > 0)
  const method = result?.methods[0]
  if (result === undefined || method === undefined) return null
  const rows = result.thresholds.filter(row => row.method === method.method)
  const row = rows[Math.floor(rows.length / 2)]
  // the notebook's scores may be no numbers
  const scores = method.scores.map(score => score ?? 0)
  const title = `Importance of the steps of ${result.id}, by ${method.method}, pruned at ${row?.threshold ?? 0}`
  return importanceSpec({ scores, kept: row?.kept, title })
}

/** Of the first trace whose layers were kept. */
function heatmapOf(results: readonly ProblemResult[]): ChartSpec | null {
  const found = firstWith(
    results,
    method => method.layers !== undefined && method.layers.length > 0,
  )
  if (found === null) return null
  const { result, method } = found
  const title = `Which layer looks at which step of ${result.id}, by ${method.method}`
  return heatmapSpec({ layers: method.layers, title })
}

/** Of the first trace whose looks were kept, pruned at the middle threshold. */
function stepGraphOf(results: readonly ProblemResult[]): string | null {
  const found = firstWith(results, method => method.looks !== undefined)
  if (found === null) return null
  const { result, method } = found
  const rows = result.thresholds.filter(row => row.method === method.method)
  const row = rows[Math.floor(rows.length / 2)]
  return drawStepGraph({
    steps: result.steps.map(({ text }) => text),
    scores: method.scores,
    kept: new Set(row?.kept),
    answer: rows[0]?.predicted ?? '',
    looks: (method.looks ?? []).map(([from, to, share]) => ({ from, to, share: share / 100 })),
  })
}

function firstWith(
  results: readonly ProblemResult[],
  has: (method: MethodResult) => boolean,
): { readonly result: ProblemResult; readonly method: MethodResult } | null {
  for (const result of results) {
    const method = result.methods.find(has)
    if (method !== undefined) return { result, method }
  }
  return null
}
