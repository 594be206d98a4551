/** The chat template of a model, and what it is rendered with. */

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { JsonValue, ModelOptions, TemplateArguments } from '../../types/public.js'
import { checkKnown, isObject, nonEmptyString } from '../base/check.js'
import { CotPruneError, invalidType, invalidValue } from '../base/errors.js'

/** Which template: that of the file where it is null. */
export type ChosenTemplate = { readonly source: string } | { readonly file: string } | null

/** For models without one: the texts, a blank line behind each. BOS comes by the vocabulary. */
const plainTemplate = "{% for message in messages %}{{ message.content + '\\n\\n' }}{% endfor %}"

/** @throws TypeError that names the option */
export function resolveTemplate(value: ModelOptions['chatTemplate']): ChosenTemplate {
  if (value === undefined) return null
  const name = 'options.chatTemplate'
  if (value === 'none') return { source: plainTemplate }
  if (typeof value === 'string') return { source: nonEmptyString(name, value) }
  const expected = "a jinja template, 'none', or an object with the file of one"
  if (!isObject(value)) throw invalidType(name, expected, value)
  checkKnown(name, value, ['file'])
  return { file: resolve(nonEmptyString(`${name}.file`, value.file)) }
}

/** @throws CotPruneError ERR_CHAT_TEMPLATE where the file cannot be read */
export async function templateSource(chosen: ChosenTemplate): Promise<string | null> {
  if (chosen === null) return null
  if ('source' in chosen) return chosen.source
  const { file } = chosen
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CotPruneError('ERR_CHAT_TEMPLATE', `cannot read the chat template ${file}: ${why}`, {
      cause,
    })
  }
}

/** What we set ourselves; a template gets it from the messages and the vocabulary. */
const ours = ['messages', 'bos_token', 'eos_token', 'add_generation_prompt']

/**
 * A copy, as plain as JSON.
 * @throws TypeError that names the variable
 */
export function resolveTemplateArguments(value: unknown): TemplateArguments {
  if (value === undefined) return {}
  const name = 'options.templateArguments'
  if (!isObject(value)) throw invalidType(name, 'an object', value)
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      if (ours.includes(key)) {
        throw invalidValue(
          `${name}.${key}`,
          'another variable: this one is set by what is asked',
          entry,
        )
      }
      return [key, jsonOf(`${name}.${key}`, entry, 0)]
    }),
  )
}

const deepest = 32

function jsonOf(name: string, value: unknown, depth: number): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (depth < deepest && Array.isArray(value)) {
    return value.map((entry: unknown, i) => jsonOf(`${name}[${i}]`, entry, depth + 1))
  }
  if (depth < deepest && isObject(value) && isPlain(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        jsonOf(`${name}.${key}`, entry, depth + 1),
      ]),
    )
  }
  throw invalidType(
    name,
    'what JSON can say: text, a finite number, a boolean, null, or a list or an object of these',
    value,
  )
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
