/** The list of problems: what was answered before and after, filtered and sorted. */

import type { PageIndex } from '../page-data.js'
import { answerElement } from './answer.js'
import { byId, el, isolated } from './dom.js'
import { sortable } from './sort.js'
import { answersAt, type Change, type Choice, changes } from './state.js'

interface Row {
  readonly place: number
  readonly row: HTMLTableRowElement
  readonly before: HTMLTableCellElement
  readonly after: HTMLTableCellElement
  /** What is searched. */
  readonly text: string
  change: Change
}

export interface ProblemList {
  update(choice: Choice): void
  /** Places of the problems that are shown, in their order. */
  shown(): readonly number[]
  mark(place: number): void
}

/** @param open is told which problem was chosen; @param changed that other problems are shown */
export function problemList(
  index: PageIndex,
  open: (place: number) => void,
  changed: () => void,
): ProblemList {
  const table = byId('problem-list', HTMLTableElement)
  const rows = index.problems.map((problem, place) => rowOf(problem, place, open))
  table.tBodies[0]?.append(...rows.map(({ row }) => row))
  const sortAgain = sortable(table)
  const search = byId('search', HTMLInputElement)
  const filters = Array.from(document.querySelectorAll<HTMLInputElement>('input[name=filter]'))
  const filter = () => {
    const wanted = filters.find(({ checked }) => checked)?.value ?? 'all'
    const word = search.value.trim().toLowerCase()
    for (const { row, change, text } of rows) {
      row.hidden = (wanted !== 'all' && change !== wanted) || !text.includes(word)
    }
    const count = rows.filter(({ row }) => !row.hidden).length
    byId('shown', HTMLElement).textContent = `${count} of ${rows.length} problems`
    changed()
  }
  for (const input of filters) input.addEventListener('change', filter)
  search.addEventListener('input', filter)
  return {
    update(choice) {
      for (const entry of rows) updateRow(entry, index, choice)
      countFilters(rows)
      sortAgain()
      filter()
    },
    shown: () =>
      Array.from(table.tBodies[0]?.rows ?? [])
        .filter(row => !row.hidden)
        .map(row => Number(row.dataset.place)),
    mark(place) {
      for (const entry of rows) {
        entry.row.toggleAttribute('data-open', entry.place === place)
        const button = entry.row.querySelector('button')
        if (entry.place === place) button?.setAttribute('aria-current', 'true')
        else button?.removeAttribute('aria-current')
      }
    },
  }
}

function rowOf(
  { name, question, steps, tokens }: PageIndex['problems'][number],
  place: number,
  open: (place: number) => void,
): Row {
  const before = el('td', { class: 'cell-answer' })
  const after = el('td', { class: 'cell-answer' })
  const button = el('button', { type: 'button', class: 'open' }, isolated(name))
  const row = el(
    'tr',
    { 'data-place': place },
    el('th', { scope: 'row', 'data-key': name }, button),
    before,
    after,
    el('td', { class: 'number' }, String(steps)),
    el('td', { class: 'number' }, String(tokens)),
  )
  row.addEventListener('click', () => open(place))
  const text = `${name}\n${question}`.toLowerCase()
  return { place, row, before, after, text, change: 'unknown' }
}

function updateRow(entry: Row, index: PageIndex, choice: Choice): void {
  const problem = index.problems[entry.place]
  if (problem === undefined) return
  const { before, after, change } = answersAt(problem, index, choice)
  entry.change = change
  entry.row.dataset.change = change
  entry.before.replaceChildren(answerElement(before))
  entry.after.replaceChildren(answerElement(after))
  entry.before.dataset.key = before[1] === null ? '' : String(Number(before[1]))
  entry.after.dataset.key = String(changes.indexOf(change))
}

function countFilters(rows: readonly Row[]): void {
  for (const change of ['all', ...changes] as const) {
    const count = document.getElementById(`count-${change}`)
    const own = rows.filter(row => change === 'all' || row.change === change).length
    if (count) count.textContent = String(own)
    // nobody needs a filter for what there is none of
    const label = count?.closest('label')
    if (label && change === 'unknown') label.hidden = own === 0
  }
}
