/** Reads problems from files as public data sets have them: JSON Lines, JSON, CSV, parquet, packed or not. */

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { boolean, checkKnown, isObject, keysOf, nonEmptyString, oneOf } from '../../base/check.js'
import { invalidType } from '../../base/errors.js'
import { fault, messageOf, type Row } from './dataset-fault.js'
import { distinctProblems } from './distinct.js'
import { rowsOfJson } from './read-json.js'
import { rowsOfFile } from './read-rows.js'
import { problemOf, unknownColumns } from './row-problem.js'
import type { Columns, Dataset, DatasetOptions, Problem } from './types.js'
import { warningsOf } from './warnings.js'

/**
 * Read a file of problems.
 *
 * @throws CotPruneError ERR_DATASET, which names the file and the line, ERR_OPTIONAL_PACKAGE for parquet without its packages
 */
export async function readDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const checked = checkDatasetOptions(options)
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw fault(`cannot read ${path}: ${messageOf(error)}`, error)
  }
  const dataset = datasetOf(await rowsOfFile(bytes, path), path, checked)
  const name = basename(path).replace(
    /(?:\.(?:jsonl?|csv|tsv|parquet))?(?:\.(?:gz|zst|zstd))?$/i,
    '',
  )
  return { ...dataset, name, path }
}

/**
 * Parse JSON Lines, a JSON array or one JSON object; `name` is what errors call the source. Pure.
 *
 * @throws CotPruneError ERR_DATASET
 */
export function parseDataset(text: string, name: string, options: DatasetOptions = {}): Dataset {
  return datasetOf(rowsOfJson(text, name), name, checkDatasetOptions(options))
}

/** @throws TypeError that names the option */
export function checkDatasetOptions(options: DatasetOptions): DatasetOptions {
  checkKnown(
    'options',
    options,
    keysOf<DatasetOptions>({ columns: true, answers: true, strict: true }),
  )
  const { columns, answers = 'all', strict = false } = options
  if (columns !== undefined && !isObject(columns)) {
    throw invalidType('options.columns', 'an object of names', columns)
  }
  checkKnown(
    'options.columns',
    columns,
    keysOf<Columns>({ problem: true, answer: true, id: true, system: true, kind: true }),
  )
  for (const [column, name] of Object.entries(columns ?? {})) {
    if (name !== undefined) nonEmptyString(`options.columns.${column}`, name)
  }
  oneOf('options.answers', answers, ['all', 'any'])
  boolean('options.strict', strict)
  return options
}

interface Skipped {
  readonly where: string
  readonly why: string
}

function datasetOf(rows: readonly Row[], name: string, options: DatasetOptions): Dataset {
  const unknown = unknownColumns(rows, options.columns ?? {})
  if (rows.length > 0 && unknown.length > 0) {
    const known = [...(rows[0]?.columns.keys() ?? [])].join(', ')
    throw fault(`${name} has no column "${unknown.join('", "')}": the columns are ${known}`)
  }
  const problems: Problem[] = []
  const skipped: Skipped[] = []
  let several = 0
  for (const [i, row] of rows.entries()) {
    const read = problemOf(row, i + 1, options)
    if ('why' in read) {
      if (options.strict) throw fault(`${row.where}: ${read.why}`)
      skipped.push({ where: row.where, why: read.why })
      continue
    }
    problems.push(read.problem)
    if (read.several) several++
  }
  const [worst] = skipped
  if (problems.length === 0) {
    throw fault(worst === undefined ? `${name} has no problems` : `${worst.where}: ${worst.why}`)
  }
  const distinct = distinctProblems(problems)
  const notes = [
    ...(worst === undefined ? [] : [skippedText(skipped, rows.length)]),
    ...(several === 0 ? [] : [severalText(several, options)]),
    ...distinct.notes,
    ...warningsOf(distinct.problems),
  ]
  return { name, path: null, problems: distinct.problems, ...(notes.length > 0 && { notes }) }
}

/** Lines that are named. */
const mostShown = 3

function skippedText(skipped: readonly Skipped[], rows: number): string {
  const shown = skipped.slice(0, mostShown).map(({ where, why }) => `${where}: ${why}`)
  const more = skipped.length > mostShown ? '; …' : ''
  return `${skipped.length} of ${rows} rows are left out: ${shown.join('; ')}${more}`
}

const severalText = (rows: number, { answers = 'all' }: DatasetOptions): string =>
  answers === 'all'
    ? `${rows} rows have several answers: all are asked for together (--answers any: one is enough)`
    : `${rows} rows have several answers: one of them is enough`
