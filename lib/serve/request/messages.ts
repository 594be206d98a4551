/** The messages of a chat, as the templates of our models take them. */

import { array, isObject, nonEmptyString, oneOf } from '../../base/check.js'
import { invalidType } from '../../base/errors.js'
import type { AskedMessage } from '../../chat/index.js'
import type { Message } from '../../index.js'
import { invalid, unsupported } from '../http/api-error.js'
import { Fields } from './fields.js'

/** @throws TypeError or ApiError that names the message */
export function readMessages(value: unknown): readonly AskedMessage[] {
  const list = array('messages', value, 'a non-empty array of messages')
  if (list.length === 0) throw invalid('messages', 'messages must not be empty')
  return list.map((entry, i) => messageOf(`messages[${i}]`, entry))
}

const known = ['role', 'content', 'reasoning_content', 'reasoning'] as const
const ignored = [
  'name',
  'refusal',
  'annotations',
  'audio',
  'reasoning_details',
  'cot_prune',
] as const
const roleNames = ['system', 'user', 'assistant'] as const satisfies readonly Message['role'][]
/** What newer names mean to templates. */
const roles: Readonly<Record<string, Message['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
}

function messageOf(name: string, value: unknown): AskedMessage {
  const tools = ['tool_calls', 'function_call', 'tool_call_id'] as const
  const fields = new Fields(value, known, [...ignored, ...tools], name)
  const tool = tools.find(key => fields.has(key) && !isEmptyList(fields.raw(key)))
  if (tool !== undefined) throw unsupported(`${name}.${tool}`, 'tools are not')
  const given = nonEmptyString(`${name}.role`, fields.raw('role'))
  const role = roles[given] ?? oneOf(`${name}.role`, given, roleNames)
  const reasoning = fields.same(['reasoning_content', 'reasoning'], key => fields.string(key)) ?? ''
  const content = contentOf(`${name}.content`, fields.raw('content'), role)
  return { role, content, reasoning: role === 'assistant' ? reasoning : '' }
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/** A text, or the texts of its parts. */
function contentOf(name: string, value: unknown, role: Message['role']): string {
  if (typeof value === 'string') return value
  // an answer that was cut in its thinking has none
  if (value === undefined && role === 'assistant') return ''
  const parts = array(name, value, 'a string or an array of parts')
  return parts.map((part, i) => partText(`${name}[${i}]`, part)).join('')
}

function partText(name: string, part: unknown): string {
  if (!isObject(part)) throw invalidType(name, "an object of type 'text'", part)
  const { type, text }: { readonly type?: unknown; readonly text?: unknown } = part
  if (type !== 'text') throw unsupported(`${name}.type`, "parts must be of type 'text'")
  if (typeof text !== 'string') throw invalidType(`${name}.text`, 'a string', text)
  return text
}
