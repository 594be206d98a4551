/** A cell of a data set → the answers that it holds. Pure. */

import { canonicalAnswer, markedAnswer } from '../../index.js'
import { kindOf } from './dataset-fault.js'

/** The answers of a cell, or why there are none. */
export type Cell = { readonly answers: readonly string[] } | { readonly why: string }

/** Keys of an answer that is an object. */
const inside = [
  'answer',
  'value',
  'ground_truth',
  'text',
  'final_answer',
  'target',
  'normalized_value',
]

/**
 * @param value text, a number, a list of answers, or an object that has one
 * @param solution the cell is a worked solution: only what it marks is an answer, or a short one alone
 */
export function readCell(value: unknown, { solution = false } = {}): Cell {
  if (value === undefined) return { why: 'is missing' }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return { why: 'is too large for an exact number: write it as text' }
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return answerOf(String(value))
  }
  if (typeof value === 'string') return readText(value, solution)
  if (Array.isArray(value)) return readList(value, solution)
  if (typeof value === 'object' && value !== null) {
    const columns = new Map(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry]))
    const key = inside.find(name => columns.has(name))
    if (key !== undefined) return readCell(columns.get(key), { solution })
  }
  return { why: `must be text or a number, received ${kindOf(value)}` }
}

function readList(values: readonly unknown[], solution: boolean): Cell {
  const answers: string[] = []
  for (const value of values) {
    const cell = readCell(value, { solution })
    if ('why' in cell) return cell
    answers.push(...cell.answers)
  }
  return answers.length === 0 ? { why: 'is an empty list' } : { answers: [...new Set(answers)] }
}

const answerOf = (text: string): Cell => {
  const answer = canonicalAnswer(text)
  return answer === '' ? { why: 'is empty' } : { answers: [answer] }
}

/** Of a worked solution without a mark, what is no more than an answer. */
const longestAnswer = 60

function readText(text: string, solution: boolean): Cell {
  const bare = text.trim()
  if (bare === '') return { why: 'is empty' }
  const list = listOf(bare)
  if (list !== null) return readList(list, solution)
  const marked = isMarked(bare) ? markedAnswer(bare).value : null
  if (marked !== null) return { answers: [marked] }
  const isLong = bare.length > longestAnswer || bare.includes('\n')
  if (solution && (isLong || wordsIn(bare) > 3)) return { why: 'marks no answer (\\boxed, ####)' }
  return answerOf(bare)
}

/** A box, a `####`, or a sentence that says what the answer is; a short answer is left as it is. */
const isMarked = (text: string): boolean =>
  /\\(?:boxed|fbox|framebox)(?![a-zA-Z])|^\s*####/m.test(text) ||
  /\banswer\b/i.test(text) ||
  wordsIn(text) > 2

const wordsIn = (text: string): number => text.match(/\p{L}{2,}/gu)?.length ?? 0

/** `['70']`, `["1", "2"]`, `[70]`: a list that became text. An interval has two numbers and no quotes. */
function listOf(text: string): readonly unknown[] | null {
  if (!/^\[.*\]$/s.test(text)) return null
  const quoted = /^\[\s*(['"])(?:(?!\1).)*\1(?:\s*,\s*(['"])(?:(?!\2).)*\2)*\s*\]$/s.test(text)
  if (quoted) return Array.from(text.matchAll(/(['"])((?:(?!\1).)*)\1/gs), ([, , item]) => item)
  const [, single] = /^\[\s*(-?[\d.]+)\s*\]$/.exec(text) ?? []
  return single === undefined ? null : [single]
}
