/** `OUT.run.json`: what the rows in OUT are of, and how far they have come. */

import type { BuildInfo } from '../../../../types/public.js'
import { replaceFile } from '../../../base/files.js'
import {
  among,
  flag,
  integer,
  list,
  record,
  share,
  text as string,
} from '../../../base/plain-data.js'
import type { ChosenHeads } from '../../../index.js'
import {
  checkedData,
  fault,
  parsedData,
  readIfThere,
  sha256,
  sha256OfFile,
  versionOf,
} from '../../results/files.js'
import { firstDifference, type RunSource, tagsOf } from '../../results/run-key.js'
import { buildShape, shardShape } from '../../results/shapes.js'
import type { Shard } from '../../run/types.js'
import type { CompressPlan } from '../options.js'
import type { CompressTracesOptions } from '../types.js'
import type { InputFile, LineRange } from './lines.js'
import { type CompressTotals, noTotals } from './totals.js'

/** What is written beside the rows. */
export const beside = (out: string) => ({
  run: `${out}.run.json`,
  report: `${out}.report.jsonl`,
})

/** How much of the input is done, and how many bytes of the files that is. */
export interface CompressProgress {
  /** Lines, of this part of the input. */
  readonly lines: number
  /** Where the next line begins in the input. */
  readonly offset: number
  readonly outBytes: number
  readonly reportBytes: number
}

export interface CompressRun {
  readonly version: 1
  readonly kind: 'compress'
  /** What the rows depend on: they belong together where this is the same. */
  readonly key: Readonly<Record<string, unknown>> & { readonly heads: ChosenHeads | null }
  readonly shard: Shard | null
  readonly input: Pick<InputFile, 'path' | 'lines'>
  readonly model: { readonly name: string; readonly path: string }
  readonly build: BuildInfo
  /** Lines of this part. */
  readonly planned: number
  readonly complete: boolean
  readonly progress: CompressProgress
  readonly totals: CompressTotals
}

export interface RunDescription {
  readonly plan: CompressPlan
  readonly options: Pick<CompressTracesOptions, 'heads'>
  readonly source: RunSource
  readonly input: InputFile
  readonly range: LineRange
  readonly shard: Shard | undefined
  readonly limit: number | undefined
  readonly check: number
}

/** A run at its beginning; reads the whole model file, for its sha256. */
export async function describeCompression(of: RunDescription): Promise<CompressRun> {
  const { plan, options, source, input, range } = of
  const { model, contextLength, build } = source
  const { method, parallel, rule, segmenting = {}, protect = {}, ask, onError, seed } = plan
  return {
    version: 1,
    kind: 'compress',
    key: {
      model: await sha256OfFile(model.path),
      input: input.sha256,
      contextLength: contextLength ?? null,
      thinking: tagsOf(model.thinking),
      chatTemplate: model.chatTemplate === null ? null : sha256(model.chatTemplate),
      method,
      parallel,
      heads: method === 'step-graph' ? (options.heads ?? null) : null,
      rule,
      segmenting: { ...segmenting, splitter: nameOf(segmenting.splitter) },
      protect,
      system: ask.system,
      templateArguments: ask.templateArguments,
      onError,
      seed,
      limit: of.limit ?? null,
      check: of.check,
    },
    shard: of.shard ?? null,
    input: { path: input.path, lines: input.lines },
    model: { name: model.name, path: model.path },
    build,
    planned: range.lines,
    complete: false,
    progress: { lines: 0, offset: range.start, outBytes: 0, reportBytes: 0 },
    totals: noTotals,
  }
}

const nameOf = (splitter: string | { readonly name: string } | undefined): string =>
  typeof splitter === 'object' ? splitter.name : (splitter ?? 'auto')

export const writeRun = (out: string, run: CompressRun): Promise<void> =>
  replaceFile(beside(out).run, `${JSON.stringify(run, null, 2)}\n`)

/** null where there is none. @throws CotPruneError ERR_RESULTS where it is of something else, or damaged */
export async function readRun(out: string): Promise<CompressRun | null> {
  const path = beside(out).run
  const text = await readIfThere(path)
  if (text === null) return null
  const value = parsedData(text, path)
  const isOurs = versionOf(value) === 1 && record({ kind: among('compress') })(value) === null
  if (isOurs) return checkedData(value, shape, path)
  throw fault(`${path} is of no compression, or of another version of cot-prune`)
}

const shape = record({
  key: record({}),
  shard: shardShape,
  input: record({ path: string, lines: integer }),
  model: record({ name: string, path: string }),
  build: buildShape,
  planned: integer,
  complete: flag,
  progress: record({ lines: integer, offset: integer, outBytes: integer, reportBytes: integer }),
  totals: record({
    ...{ rows: integer, pruned: integer, unchanged: integer, turns: integer, steps: integer },
    ...{ removedSteps: integer, tokensBefore: integer, tokensAfter: integer, readTokens: integer },
    failed: (value: unknown) => record({})(value) ?? list(integer)(Object.values(Object(value))),
    millis: share,
    checked: record({ asked: integer, whole: integer, pruned: integer, both: integer }),
  }),
})

/** @throws CotPruneError ERR_RESULTS that names what differs */
export function demandSameRun(earlier: CompressRun, run: CompressRun, out: string): void {
  const part = ({ key, shard }: CompressRun) => ({ ...key, shard })
  const found = firstDifference(part(earlier), part(run))
  if (found === null) return
  const { path, left, right } = found
  throw fault(
    `the rows in ${out} are of another run: ${path} is ${left} there and ${right} now; choose another --out, or the same options`,
  )
}
