/**
 * What the columns of public data sets mean: one row of this table for each shape, the first that fits counts. A shape needs some
 * columns and says where the problem and the answer are. Pure.
 */

import { type Cell, readCell } from './answer-cell.js'
import { choicesOf, letterOf, shuffled, withChoices } from './choices.js'
import { plainText, type Row } from './dataset-fault.js'

/** What a shape makes of a row. */
export interface Reading {
  readonly problem: unknown
  readonly answer: Cell
  readonly system?: unknown
}

type Value = (column: string) => unknown

export interface Shape {
  readonly name: string
  /** Columns that are there and not empty. */
  readonly needs: readonly string[]
  /** Null where the columns are there and mean something else. */
  read(value: Value): Reading | null
}

export const problemColumns = [
  'problem',
  'question',
  'prompt',
  'query',
  'squestion',
  'instruction',
  'input',
]

/** The most explicit first: `answer` may be an explanation where there is a `final_answer`. */
export const answerColumns = [
  ...[
    'final_answer',
    'expected_answer',
    'ground_truth',
    'gold_answer',
    'correct_answer',
    'correct answer',
  ],
  ...['answer_number', 'answer', 'answers', 'gold', 'target', 'label', 'lsolutions', 'output'],
]

/** Columns of worked solutions, for what has no answer elsewhere. */
export const solutionColumns = [
  'solution',
  'solutions',
  'rationale',
  'response',
  'completion',
  'output',
]

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.length === 0)

const first = (value: Value, columns: readonly string[]): unknown =>
  columns.map(value).find(cell => !isEmpty(cell))

/** The first column that holds an answer; else why the first one that is there does not. */
function answerIn(value: Value): Cell {
  const cells = answerColumns
    .filter(column => !isEmpty(value(column)))
    .map(column => readCell(value(column)))
  const solutions = solutionColumns
    .filter(column => !isEmpty(value(column)))
    .map(column => readCell(value(column), { solution: true }))
  const all = [...cells, ...solutions]
  return all.find(cell => 'answers' in cell) ?? all[0] ?? { why: 'is missing' }
}

const chosen = (letter: string | null): Cell =>
  letter === null ? { why: 'names none of the choices' } : { answers: [letter] }

/** A question with choices, and the letter, index or text of the right one. */
function withLetter(question: unknown, options: unknown, answer: unknown): Reading | null {
  const choices = choicesOf(options)
  if (choices === null || typeof question !== 'string') return null
  const labels =
    typeof options === 'object' && options !== null && 'label' in options
      ? options.label
      : undefined
  const letter = letterOf(
    answer,
    choices,
    Array.isArray(labels) ? labels.map(plainText) : undefined,
  )
  return { problem: withChoices(question, choices), answer: chosen(letter) }
}

interface Turn {
  readonly role: string
  readonly content: string
}

function turnsOf(value: unknown): Turn[] | null {
  if (!Array.isArray(value) || value.length === 0) return null
  const turns = value.flatMap((turn: unknown) => {
    if (typeof turn !== 'object' || turn === null) return []
    const role = 'role' in turn ? turn.role : 'from' in turn ? turn.from : undefined
    const content = 'content' in turn ? turn.content : 'value' in turn ? turn.value : undefined
    return typeof role === 'string' && typeof content === 'string' ? [{ role, content }] : []
  })
  return turns.length === value.length ? turns : null
}

const contentOf = (turns: readonly Turn[], ...roles: readonly string[]): string | undefined =>
  turns.find(({ role }) => roles.includes(role))?.content

/** A conversation: its first question, and its last answer where no column has one. */
function fromTurns(turns: readonly Turn[], answer: Cell): Reading | null {
  const problem = contentOf(turns, 'user', 'human')
  if (problem === undefined) return null
  const said = contentOf([...turns].reverse(), 'assistant', 'gpt')
  const own = said === undefined ? answer : readCell(said, { solution: true })
  return { problem, answer: 'answers' in answer ? answer : own, system: contentOf(turns, 'system') }
}

/** RL sets keep what a reward is given for. */
const groundTruth = (model: unknown): unknown =>
  typeof model === 'object' && model !== null && 'ground_truth' in model
    ? model.ground_truth
    : undefined

/** @param columns of the question, the choices, and what names the right one */
const withOptions = (name: string, columns: readonly [string, string, string]): Shape => ({
  name,
  needs: columns,
  read: value => withLetter(value(columns[0]), value(columns[1]), value(columns[2])),
})

const conversation = (column: string): Shape => ({
  name: column,
  needs: [column],
  read: value => {
    const turns = turnsOf(value(column))
    return turns && fromTurns(turns, answerIn(value))
  },
})

export const shapes: readonly Shape[] = [
  {
    name: 'chat with a reward (verl, DAPO)',
    needs: ['prompt', 'reward_model'],
    read: value => {
      const turns = turnsOf(value('prompt'))
      const answer = readCell(groundTruth(value('reward_model')))
      return turns === null ? { problem: value('prompt'), answer } : fromTurns(turns, answer)
    },
  },
  {
    name: 'chat in the prompt',
    needs: ['prompt'],
    read: value => {
      const turns = turnsOf(value('prompt'))
      return turns && fromTurns(turns, answerIn(value))
    },
  },
  {
    name: 'GPQA',
    needs: ['question', 'correct answer', 'incorrect answer 1'],
    read: value => {
      const [question, right] = [value('question'), value('correct answer')]
      if (typeof question !== 'string' || typeof right !== 'string') return null
      const wrong = [1, 2, 3]
        .map(i => value(`incorrect answer ${i}`))
        .filter(it => typeof it === 'string')
      const choices = shuffled(
        [right, ...wrong].map(choice => choice.trim()),
        question,
      )
      return {
        problem: withChoices(question, choices),
        answer: chosen(letterOf(right.trim(), choices)),
      }
    },
  },
  withOptions('AQuA', ['question', 'options', 'correct']),
  withOptions('MathQA', ['problem', 'options', 'correct']),
  withOptions('ARC, CommonsenseQA', ['question', 'choices', 'answerkey']),
  withOptions('MMLU', ['question', 'choices', 'answer']),
  withOptions('MMLU-Pro', ['question', 'options', 'answer']),
  {
    name: 'SVAMP, ASDiv',
    needs: ['body', 'question'],
    read: value => ({
      problem: [value('body'), value('question')].map(part => plainText(part).trim()).join(' '),
      answer: answerIn(value),
    }),
  },
  {
    name: 'Alpaca',
    needs: ['instruction', 'input', 'output'],
    read: value => ({
      problem: [value('instruction'), value('input')]
        .map(part => plainText(part).trim())
        .join('\n\n'),
      answer: answerIn(value),
    }),
  },
  {
    // GSM8K, MATH-500, AIME, AMC, OlympiadBench, MGSM, Omni-MATH, DeepScaleR, …
    name: 'a problem and an answer',
    needs: [],
    read: value => {
      const problem = first(value, problemColumns)
      return problem === undefined ? null : { problem, answer: answerIn(value) }
    },
  },
  conversation('messages'),
  conversation('conversations'),
]

/** What the first shape that fits makes of a row, and its name; null where none fits. */
export function readShape({ columns }: Row): (Reading & { readonly shape: string }) | null {
  const value: Value = column => columns.get(column)
  for (const { name, needs, read } of shapes) {
    if (needs.some(column => isEmpty(value(column)))) continue
    const reading = read(value)
    if (reading !== null) return { ...reading, shape: name }
  }
  return null
}
