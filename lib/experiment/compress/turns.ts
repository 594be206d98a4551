/** A row of somebody's data → the turns of it that think. Pure. */

import type { Message, TextRange } from '../../../types/public.js'
import { isObject } from '../../base/check.js'
import { render } from '../../base/errors.js'
import { stripRange } from '../../base/text.js'
import { findThinking, type Tags } from './find-thinking.js'
import { RowError } from './row-fault.js'

/** From the row to a value in it: keys and indices. */
export type Path = readonly (string | number)[]

export interface ThinkingTurn {
  /** Of the messages; null in a row of single fields. */
  readonly turn: number | null
  /** Where the text is that holds the thinking. */
  readonly path: Path
  readonly text: string
  /** The thinking in it, without white space around it. */
  readonly range: TextRange
  readonly messages: readonly Message[]
  readonly answer: string
}

/** The first that is there counts. */
const fields = {
  messages: ['messages', 'conversations', 'conversation'],
  thinking: ['reasoning_content', 'reasoning', 'thinking'],
  problem: ['problem', 'question', 'prompt', 'instruction'],
  answer: ['answer', 'response', 'completion', 'output', 'solution', 'final_answer'],
  system: ['system', 'system_prompt'],
} as const

/** Roles as chats and ShareGPT's files call them; what a tool says is said to the model. */
const roles: ReadonlyMap<unknown, Message['role']> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['tool', 'user'],
  ['function', 'user'],
  ['observation', 'user'],
  ['assistant', 'assistant'],
  ['gpt', 'assistant'],
  ['model', 'assistant'],
])

type Fields = ReadonlyMap<string, unknown>

/**
 * @param system what goes in front of rows that have no system turn
 * @throws RowError
 */
export function thinkingTurns(
  row: unknown,
  formats: readonly Tags[],
  system: string | null,
): readonly ThinkingTurn[] {
  if (!isObject(row)) throw new RowError('shape', `an object is expected, not ${render(row)}`)
  const own = fieldsOf(row)
  const turns = inChat(own, formats, system) ?? inFields(own, formats, system)
  if (turns.length > 0) return turns
  const known = fields.thinking.join(', ')
  throw new RowError(
    'no-thinking',
    `no turn of the assistant has a thinking (${known}, or tags in its text)`,
  )
}

const fieldsOf = (value: object): Fields => new Map<string, unknown>(Object.entries(value))

const keyOf = (own: Fields, names: readonly string[]): string | undefined =>
  names.find(name => own.get(name) !== undefined && own.get(name) !== null)

/* ---- chats -------------------------------------------------------------------------------- */

interface Entry {
  readonly path: Path
  readonly own: Fields
  readonly role: Message['role']
}

/** null: the row is no chat. */
function inChat(own: Fields, formats: readonly Tags[], system: string | null) {
  const entries = entriesOf(own)
  if (entries === null) return null
  const before: Message[] = systemTurn(own, system)
  if (entries[0]?.role === 'system') before.length = 0
  const turns: ThinkingTurn[] = []
  for (const [turn, { role, own: message, path }] of entries.entries()) {
    const found = role === 'assistant' ? thinkingOf(message, path, formats) : null
    if (found !== null) turns.push({ turn, messages: [...before], ...found })
    const { key, text } = contentOf(message)
    const content = found?.answer ?? (role === 'assistant' ? behind(text, formats) : text)
    if (key === null && role !== 'assistant') {
      throw new RowError('shape', `message ${turn} has no content`)
    }
    before.push({ role, content })
  }
  return turns
}

/** A list of messages, or a prompt and a completion that are such lists. */
function entriesOf(own: Fields): readonly Entry[] | null {
  const key = keyOf(own, fields.messages)
  const keys = key === undefined ? ['prompt', 'completion'] : [key]
  const lists = keys.map(name => [name, own.get(name)] as const)
  if (key === undefined && !lists.every(([, list]) => Array.isArray(list))) return null
  return lists.flatMap(([name, list]) => {
    if (!Array.isArray(list)) throw new RowError('shape', `"${name}" must be an array`)
    return list.map((message: unknown, i) => entryOf(message, [name, i]))
  })
}

function entryOf(message: unknown, path: Path): Entry {
  const name = path.join('.')
  if (!isObject(message)) throw new RowError('shape', `"${name}" must be an object`)
  const own = fieldsOf(message)
  const said = own.get('role') ?? own.get('from')
  const role = roles.get(said)
  if (role === undefined) {
    throw new RowError('shape', `"${name}" has the role ${render(said)}, which is not known`)
  }
  return { path, own, role }
}

/** The text of a message; of one that comes in parts, that of its text parts. */
function contentOf(own: Fields): { readonly key: string | null; readonly text: string } {
  const key = keyOf(own, ['content', 'value']) ?? null
  const content = key === null ? '' : own.get(key)
  if (typeof content === 'string') return { key, text: content }
  if (!Array.isArray(content)) throw new RowError('shape', `"${key}" must be text, or parts of it`)
  const texts = content.flatMap((part: unknown) => {
    const text = isObject(part) ? fieldsOf(part).get('text') : part
    return typeof text === 'string' ? [text] : []
  })
  return { key, text: texts.join('\n') }
}

/** Without a thinking that stands in it, as templates show earlier turns. */
function behind(text: string, formats: readonly Tags[]): string {
  const found = findThinking(text, formats)
  return found?.closed ? text.slice(found.answerStart).trim() : text
}

function systemTurn(own: Fields, system: string | null): Message[] {
  const key = keyOf(own, fields.system)
  const content = key === undefined ? system : own.get(key)
  return typeof content === 'string' && content !== '' ? [{ role: 'system', content }] : []
}

/* ---- single fields ------------------------------------------------------------------------ */

function inFields(own: Fields, formats: readonly Tags[], system: string | null): ThinkingTurn[] {
  const problem = keyOf(own, fields.problem)
  const asked = problem === undefined ? undefined : own.get(problem)
  if (typeof asked !== 'string') {
    const known = [...fields.messages, ...fields.problem].join(', ')
    throw new RowError('shape', `neither a chat nor a problem is there (${known})`)
  }
  const found = thinkingOf(own, [], formats, fields.answer)
  if (found === null) return []
  const messages = [...systemTurn(own, system), { role: 'user', content: asked } as const]
  return [{ turn: null, messages, ...found }]
}

/* ---- the thinking of one turn ------------------------------------------------------------- */

type Found = Pick<ThinkingTurn, 'path' | 'text' | 'range' | 'answer'>

/** In a field of its own, else between tags in the text; null where there is none. @throws RowError */
function thinkingOf(
  own: Fields,
  path: Path,
  formats: readonly Tags[],
  answers?: readonly string[],
): Found | null {
  const key = fields.thinking.find(name => isThinking(own.get(name)))
  const said = answers === undefined ? contentOf(own) : answerOf(own, answers)
  const text = key === undefined ? null : own.get(key)
  if (key !== undefined && typeof text === 'string') {
    const range = insideTags(text, formats)
    return answered({ path: [...path, key], text, range, answer: behind(said.text, formats) })
  }
  const found = findThinking(said.text, formats)
  // parts of a text cannot be told from each other when they are put back
  if (found === null || said.key === null || typeof own.get(said.key) !== 'string') return null
  const range = stripRange(said.text, found.thinking.start, found.thinking.end)
  if (range.start === range.end) return null
  if (!found.closed) throw new RowError('unfinished', 'the thinking has no end: no tag closes it')
  const answer = said.text.slice(found.answerStart).trim()
  return answered({ path: [...path, said.key], text: said.text, range, answer })
}

const isThinking = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''

/** Some files keep the tags in the field, too. */
function insideTags(text: string, formats: readonly Tags[]): TextRange {
  const { start, end } = stripRange(text, 0, text.length)
  const tags = formats.find(({ open }) => text.startsWith(open, start))
  const closing = formats.find(({ close }) => text.slice(start, end).endsWith(close))
  const from = start + (tags?.open.length ?? 0)
  return stripRange(text, from, Math.max(from, end - (closing?.close.length ?? 0)))
}

function answerOf(own: Fields, names: readonly string[]): ReturnType<typeof contentOf> {
  const key = keyOf(own, names)
  const value = key === undefined ? '' : own.get(key)
  const text = typeof value === 'number' ? String(value) : value
  return { key: key ?? null, text: typeof text === 'string' ? text : '' }
}

/** @throws RowError: no answer looks back at the thinking */
function answered(found: Found): Found {
  if (found.answer.trim() !== '') return found
  throw new RowError(
    'no-answer',
    'nothing is written behind the thinking, so that nothing looks back at it',
  )
}
