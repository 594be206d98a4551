/** Comma-separated values (RFC 4180; semicolons and tabs too) → rows. Pure. */

import { fault, type Row } from './dataset-fault.js'

interface Entry {
  readonly line: number
  readonly cells: readonly string[]
}

/** The first line names the columns. @param name what messages call the file */
export function rowsOfCsv(text: string, name: string): Row[] {
  const plain = text.replace(/^\uFEFF/, '')
  const [, first = ''] = /^([^\r\n]*)/.exec(plain) ?? []
  const separator = [',', '\t', ';'].reduce((most, other) =>
    first.split(other).length > first.split(most).length ? other : most,
  )
  const [head, ...entries] = entriesOf(plain, separator, name)
  if (head === undefined) return []
  const names = head.cells.map(cell => cell.trim().toLowerCase())
  return entries
    .filter(({ cells }) => cells.some(cell => cell.trim() !== ''))
    .map(({ line, cells }) => {
      const where = `${name}:${line}`
      if (cells.length !== names.length) {
        throw fault(
          `${where}: ${cells.length} cells where the first line names ${names.length} columns: a cell with "${separator === '\t' ? 'tab' : separator}" or a line break stands in double quotes`,
        )
      }
      return { where, columns: new Map(names.map((column, i) => [column, cells[i]])) }
    })
}

function entriesOf(text: string, separator: string, name: string): Entry[] {
  const entries: Entry[] = []
  const cell = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n][^${separator}\\r\\n]*)?)(${separator}|\\r\\n|\\n|\\r|$)`,
    'y',
  )
  let [cells, line, start]: [string[], number, number] = [[], 1, 1]
  for (let at = 0; at < text.length; ) {
    cell.lastIndex = at
    const found = cell.exec(text)
    if (found === null)
      throw fault(`${name}:${line}: a double quote is not closed, or text stands behind one`)
    const [whole, quoted, bare = '', end] = found
    cells.push(quoted?.replaceAll('""', '"') ?? bare)
    at += whole.length
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0
    if (end === separator && at < text.length) continue
    if (end === separator) cells.push('')
    entries.push({ line: start, cells })
    ;[cells, start] = [[], line]
  }
  return entries
}
