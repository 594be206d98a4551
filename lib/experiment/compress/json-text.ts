/**
 * Changes of JSON text that leave all other bytes alone: numbers of any size, keys in any order, white space and escapes stay
 * as they were written, which parsing and writing again would not do. The text is valid JSON. Pure.
 */

import type { TextRange } from '../../../types/public.js'
import type { Path } from './turns.js'

/** A value of a text, as JSON. */
export interface Edit {
  readonly path: Path
  readonly json: string
}

/** Replaces values; a key of the outermost object that is not there comes last. */
export function editJson(text: string, edits: readonly Edit[]): string {
  const changes = edits.map(edit => changeOf(text, edit)).sort((a, b) => b.start - a.start)
  return changes.reduce(
    (changed, { start, end, json }) => changed.slice(0, start) + json + changed.slice(end),
    text,
  )
}

function changeOf(text: string, { path, json }: Edit): TextRange & Pick<Edit, 'json'> {
  const found = spanOf(text, path)
  if (found !== null) return { ...found, json }
  const end = text.lastIndexOf('}')
  const isEmpty = /\{\s*$/.test(text.slice(0, end))
  const field = `${JSON.stringify(path[0])}: ${json}`
  return { start: end, end, json: isEmpty ? field : `, ${field}` }
}

/** Where a value is; null where there is none. Of keys that are there twice the last one counts, as for `JSON.parse`. */
export function spanOf(text: string, path: Path): TextRange | null {
  let span: TextRange | null = { start: skipSpace(text, 0), end: text.length }
  for (const key of path) {
    if (span === null) return null
    span = typeof key === 'number' ? itemOf(text, span.start, key) : memberOf(text, span.start, key)
  }
  return span
}

function memberOf(text: string, object: number, key: string): TextRange | null {
  if (text[object] !== '{') return null
  let found: TextRange | null = null
  for (let at = skipSpace(text, object + 1); text[at] === '"'; ) {
    const keyEnd = valueEnd(text, at)
    const name: unknown = JSON.parse(text.slice(at, keyEnd))
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1)
    const end = valueEnd(text, start)
    if (name === key) found = { start, end }
    at = behindComma(text, end)
  }
  return found
}

function itemOf(text: string, array: number, index: number): TextRange | null {
  if (text[array] !== '[') return null
  let at = skipSpace(text, array + 1)
  for (let i = 0; at < text.length && text[at] !== ']'; i++) {
    const end = valueEnd(text, at)
    if (i === index) return { start: at, end }
    at = behindComma(text, end)
  }
  return null
}

/** The next member or item, or the bracket that ends them. */
function behindComma(text: string, end: number): number {
  const at = skipSpace(text, end)
  return text[at] === ',' ? skipSpace(text, at + 1) : at
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at++
  return at
}

function valueEnd(text: string, start: number): number {
  if (text[start] === '"') return stringEnd(text, start)
  if (text[start] !== '{' && text[start] !== '[') return scalarEnd(text, start)
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const unit = text[at]
    if (unit === '"') at = stringEnd(text, at) - 1
    else if (unit === '{' || unit === '[') depth++
    else if ((unit === '}' || unit === ']') && --depth === 0) return at + 1
  }
  return text.length
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function scalarEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && !/[\s,\]}]/.test(text[at] ?? '')) at++
  return at
}
