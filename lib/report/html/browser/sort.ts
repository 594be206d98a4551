/** Tables that are sorted by their headings. A cell is worth its `data-key`, or its text. */

type Direction = 'ascending' | 'descending'

/** Sorts at a click on a heading, the other way at the next one; the result sorts again what has changed. */
export function sortable(table: HTMLTableElement): () => void {
  let sorted: { readonly column: number; readonly direction: Direction } | null = null
  const headings = Array.from(table.tHead?.rows[0]?.cells ?? [])
  const again = () => {
    if (sorted !== null) sortBody(table, sorted.column, sorted.direction)
  }
  for (const [column, heading] of headings.entries()) {
    const given = heading.getAttribute('aria-sort')
    if (given === 'ascending' || given === 'descending') sorted = { column, direction: given }
    heading.querySelector('button')?.addEventListener('click', () => {
      const turned = sorted?.column === column && sorted.direction === 'ascending'
      sorted = { column, direction: turned ? 'descending' : 'ascending' }
      for (const other of headings) other.setAttribute('aria-sort', 'none')
      heading.setAttribute('aria-sort', sorted.direction)
      again()
    })
  }
  return again
}

function sortBody(table: HTMLTableElement, column: number, direction: Direction): void {
  const body = table.tBodies[0]
  if (body === undefined) return
  const sign = direction === 'ascending' ? 1 : -1
  const rows = Array.from(body.rows, row => ({ row, key: keyOf(row.cells[column]) }))
  rows.sort((a, b) => compare(a.key, b.key, sign))
  body.append(...rows.map(({ row }) => row))
}

const keyOf = (cell: HTMLTableCellElement | undefined): string =>
  (cell?.dataset.key ?? cell?.textContent ?? '').trim()

/** Numbers by what they begin with, other text by its own order; what says nothing is last, whichever way. */
function compare(a: string, b: string, sign: number): number {
  const [left, right] = [Number.parseFloat(a), Number.parseFloat(b)]
  if (!Number.isNaN(left) && !Number.isNaN(right)) return sign * (left - right)
  const empty = (text: string) => text === '' || text === '-'
  if (empty(a) || empty(b)) return Number(empty(a)) - Number(empty(b))
  return sign * a.localeCompare(b, 'en', { numeric: true })
}
