/** A row → a problem, or why it is none. Pure. */

import { type Cell, readCell } from './answer-cell.js'
import { kindOf, type Row } from './dataset-fault.js'
import { answerColumns, problemColumns, readShape } from './shapes.js'
import type { Columns, DatasetOptions, Problem } from './types.js'

export type ReadRow =
  | { readonly problem: Problem; readonly several: boolean }
  /** The row is not usable, and why: `"answer" is missing`. */
  | { readonly why: string }

const ids = ['id', 'unique_id', 'problem_idx', 'row', 'question_id', 'task_id']
const kinds = ['kind', 'subject']
const systems = ['system', 'system_prompt']
const verified = ['verifiedanswer', 'verified_answer']

const pick = ({ columns }: Row, names: readonly string[]): unknown => {
  const name = names.find(key => columns.has(key))
  return name === undefined ? undefined : columns.get(name)
}

/** @param number of the row among those that are not empty, which is the id of a problem without one */
export function problemOf(row: Row, number: number, options: DatasetOptions): ReadRow {
  const { columns = {}, answers: wanted = 'all' } = options
  const reading = readShape(row)
  const named = columns.problem?.toLowerCase()
  // where nothing came of it, what is there says why
  const problem =
    named === undefined
      ? (reading?.problem ?? row.columns.get(problemName(row)))
      : row.columns.get(named)
  const text = textOf(problem, columns.problem ?? problemName(row))
  if (typeof text !== 'string') return text
  const cell: Cell =
    columns.answer === undefined
      ? (reading?.answer ?? { why: 'is missing' })
      : readCell(row.columns.get(columns.answer.toLowerCase()))
  if ('why' in cell)
    return { why: `"${columns.answer ?? answerName(row)}" ${cell.why}${found(row, cell.why)}` }
  const checked = verifiedOf(row)
  if (checked !== undefined && checked !== null && 'why' in checked)
    return { why: `"verifiedAnswer" ${checked.why}` }
  const note = pick(row, ['note'])
  const kind = pick(row, columns.kind === undefined ? kinds : [columns.kind.toLowerCase()])
  const system =
    columns.system === undefined
      ? (pick(row, systems) ?? reading?.system)
      : row.columns.get(columns.system.toLowerCase())
  const [answer = '', ...others] = cell.answers
  const several = others.length > 0
  return {
    several,
    problem: {
      id: idOf(pick(row, columns.id === undefined ? ids : [columns.id.toLowerCase()]), number),
      problem: text,
      answer: several && wanted === 'all' ? cell.answers.join(', ') : answer,
      ...(several && wanted === 'any' && { alternatives: others }),
      verifiedAnswer:
        checked === undefined || checked === null ? checked : checked.answers.join(', '),
      note: typeof note === 'string' ? note : undefined,
      ...(typeof kind === 'string' && { kind }),
      ...(typeof system === 'string' && system.trim() !== '' && { system }),
    },
  }
}

function verifiedOf(row: Row): Cell | null | undefined {
  const value = pick(row, verified)
  return value === undefined || value === null ? value : readCell(value)
}

/** The name of the column that is there, though nothing came of it; else the first that could be. */
const problemName = ({ columns }: Row): string =>
  problemColumns.find(name => columns.has(name)) ?? 'problem'
const answerName = ({ columns }: Row): string =>
  answerColumns.find(name => columns.has(name)) ?? 'answer'

const found = ({ columns }: Row, why: string): string =>
  why === 'is missing' ? `; the columns are ${[...columns.keys()].join(', ')}` : ''

function textOf(value: unknown, name: string): string | { readonly why: string } {
  if (value === undefined) return { why: `"${name}" is missing (or "question", "prompt")` }
  if (typeof value !== 'string') return { why: `"${name}" must be text, received ${kindOf(value)}` }
  return value.trim() === '' ? { why: `"${name}" is empty` } : value
}

/** The id as text, or the number of the problem where there is none. */
function idOf(value: unknown, number: number): string {
  const isId =
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    (typeof value === 'string' && value.trim() !== '')
  return isId ? String(value) : String(number)
}

/** The names that options give which no row has. */
export function unknownColumns(rows: readonly Row[], columns: Columns): string[] {
  return Object.values(columns).filter(
    name => typeof name === 'string' && !rows.some(row => row.columns.has(name.toLowerCase())),
  )
}
