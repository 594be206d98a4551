/** JSON Lines, a JSON array, or one object → rows. What is wrong with a file is said by its cause. Pure. */

import { parseJson } from '../../base/json.js'
import { fault, kindOf, messageOf, type Row, rowOf } from './dataset-fault.js'

/** Keys under which files keep their rows. */
const holders = [
  'rows',
  'data',
  'examples',
  'problems',
  'questions',
  'test',
  'train',
  'validation',
  'instances',
  'items',
]

/** @param name what messages call the file */
export function rowsOfJson(text: string, name: string): Row[] {
  const plain = text.replace(/^\uFEFF/, '')
  const whole = /^\s*\[/.test(plain) || !isLines(plain) ? parsedWhole(plain) : undefined
  if (Array.isArray(whole?.value)) return rowsOfList(whole.value, name)
  const held = whole && heldRows(whole.value)
  if (held) return rowsOfList(held, name)
  if (whole !== undefined && typeof whole.value === 'object' && whole.value !== null) {
    return [rowOf(whole.value, `${name}:1`)]
  }
  return rowsOfLines(plain, name)
}

/** Whether the first line is a whole value: then the others are, too. */
const isLines = (text: string): boolean => {
  const [, first = ''] = /^\s*([^\r\n]*)/.exec(text) ?? []
  return parsedWhole(first) !== undefined && /[\r\n]\s*\S/.test(text.trim())
}

function parsedWhole(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(text) }
  } catch {
    return undefined
  }
}

/** `{"rows": [{"row": {…}}]}` of the hub's viewer, `{"data": […]}`, `{"test": […]}`. */
function heldRows(value: unknown): readonly unknown[] | null {
  if (typeof value !== 'object' || value === null) return null
  for (const [key, held] of Object.entries(value)) {
    const isRows = Array.isArray(held) && held.length > 0 && held.every(isObject)
    if (isRows && holders.includes(key.toLowerCase())) {
      return held.map(entry => (isObject(entry) && 'row' in entry ? entry.row : entry))
    }
  }
  return null
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const rowsOfList = (list: readonly unknown[], name: string): Row[] =>
  list.map((value, i) => rowOf(value, `${name}, entry ${i + 1}`))

function rowsOfLines(text: string, name: string): Row[] {
  return text.split(/\r\n|\n|\r/).flatMap((line, i) => {
    if (line.trim() === '') return []
    const where = `${name}:${i + 1}`
    const parsed = parsedWhole(line)
    if (parsed === undefined) throw fault(`${where}: not valid JSON: ${causeOf(line, text)}`)
    if (!isObject(parsed.value)) {
      throw fault(`${where}: expected an object on each line, received ${kindOf(parsed.value)}`)
    }
    return [rowOf(parsed.value, where)]
  })
}

/** What people get wrong, before what the parser says of it. */
function causeOf(line: string, text: string): string {
  const bare = line.trim()
  if (/^(?:\/\/|\/\*|#|--)/.test(bare))
    return 'a comment line, which JSON does not have: take it out'
  if (bare.endsWith(',') && parsedWhole(bare.slice(0, -1))) {
    return 'a comma at the end of the line: JSON Lines has none between its objects'
  }
  const trailing = /,(\s*[}\]])/g
  if (trailing.test(bare) && parsedWhole(bare.replace(trailing, '$1'))) {
    return 'a comma before a closing bracket: JSON allows none there'
  }
  const all = text.trim().replace(trailing, '$1')
  if (/^[[{]/.test(all) && parsedWhole(all))
    return 'a comma before a closing bracket: JSON allows none there'
  const [, escaped] = /(?:^|[^\\])(?:\\\\)*\\([^"\\/bfnrtu])/.exec(bare) ?? []
  if (escaped !== undefined && parsedWhole(bare.replace(/\\(?!["\\/bfnrtu])/g, '\\\\'))) {
    return `a single backslash before "${escaped}": in JSON a backslash is written twice (\\\\${escaped})`
  }
  if (/^\{\s*'/.test(bare))
    return 'single quotes, as Python prints dictionaries: JSON has double ones'
  if (/[:[,]\s*(?:NaN|-?Infinity|None|True|False)\b/.test(bare)) {
    return 'NaN, None, True or False, which JSON does not have: null, true and false'
  }
  try {
    parseJson(line)
  } catch (error) {
    return messageOf(error)
  }
  return 'unknown'
}
