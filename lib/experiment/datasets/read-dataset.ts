/** Reads problems from JSON Lines: one object with a problem and an answer on each line. */

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { CotPruneError, canonicalAnswer } from '../../index.js'
import type { Dataset, Problem } from './types.js'

type Field = 'problem' | 'answer' | 'id' | 'kind' | 'system' | 'verifiedAnswer' | 'note'

/** Keys as public data sets spell them, in lower case; the first one that is there counts. */
const keys: Readonly<Record<Field, readonly string[]>> = {
  problem: ['problem', 'question', 'prompt'],
  answer: ['answer', 'final_answer', 'expected_answer', 'target'],
  id: ['id', 'unique_id', 'problem_idx'],
  kind: ['kind', 'subject'],
  system: ['system', 'system_prompt'],
  verifiedAnswer: ['verifiedanswer', 'verified_answer'],
  note: ['note'],
}

/** Read a file of problems. Rejects with ERR_DATASET, which names the file and the line. */
export async function readDataset(path: string): Promise<Dataset> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw fault(`cannot read ${path}: ${messageOf(error)}`, error)
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw fault(`${path} is not UTF-8 text`, error)
  }
  const dataset = parseDataset(text, path)
  return { ...dataset, name: basename(path).replace(/\.jsonl?$/i, ''), path }
}

/** Parse JSON Lines; `name` is what errors call the source. Throws ERR_DATASET. Pure. */
export function parseDataset(text: string, name: string): Dataset {
  const problems: Problem[] = []
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const where = `${name}:${index + 1}`
    problems.push(toProblem(parseLine(line, where), where, problems.length + 1))
  }
  if (problems.length === 0) throw fault(`${name} has no problems`)
  return { name, path: null, problems }
}

function parseLine(line: string, where: string): ReadonlyMap<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw fault(`${where}: not valid JSON: ${messageOf(error)}`, error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fault(`${where}: expected an object on each line, received ${kindOf(value)}`)
  }
  return new Map(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry]))
}

function toProblem(row: ReadonlyMap<string, unknown>, where: string, number: number): Problem {
  const note = pick(row, keys.note)
  const kind = pick(row, keys.kind)
  const system = pick(row, keys.system)
  const verified = pick(row, keys.verifiedAnswer)
  return {
    id: toId(pick(row, keys.id), number),
    problem: toText(pick(row, keys.problem), 'problem', where),
    answer: toAnswer(pick(row, keys.answer), 'answer', where),
    verifiedAnswer:
      verified === undefined || verified === null
        ? verified
        : toAnswer(verified, 'verifiedAnswer', where),
    note: typeof note === 'string' ? note : undefined,
    ...(typeof kind === 'string' && { kind }),
    ...(typeof system === 'string' && { system }),
  }
}

function pick(row: ReadonlyMap<string, unknown>, names: readonly string[]): unknown {
  const name = names.find(key => row.has(key))
  return name === undefined ? undefined : row.get(name)
}

/** The id as text, or the number of the problem where there is none. */
function toId(value: unknown, number: number): string {
  if (typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')) {
    return String(value)
  }
  return String(number)
}

function toText(value: unknown, field: Field, where: string, expected = 'text'): string {
  if (value === undefined) throw missing(field, where)
  if (typeof value !== 'string') {
    throw fault(`${where}: "${field}" must be ${expected}, received ${kindOf(value)}`)
  }
  if (value.trim() === '') throw fault(`${where}: "${field}" is empty`)
  return value
}

/** One text for each integer: `033`, `1,000` and `142.0` become `33`, `1000` and `142`. */
function toAnswer(value: unknown, field: Field, where: string): string {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw fault(`${where}: "${field}" is too large for an exact number: write it as text`)
  }
  const written = typeof value === 'number' ? String(value) : value
  const answer = canonicalAnswer(toText(written, field, where, 'text or a number'))
  if (answer === '') throw fault(`${where}: "${field}" is empty`)
  return answer
}

function missing(field: Field, where: string): CotPruneError {
  const aliases = keys[field].slice(1)
  const also = aliases.length > 0 ? ` (or ${aliases.map(key => `"${key}"`).join(', ')})` : ''
  return fault(`${where}: "${field}" is missing${also}`)
}

function fault(message: string, cause?: unknown): CotPruneError {
  return new CotPruneError('ERR_DATASET', message, cause === undefined ? {} : { cause })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
