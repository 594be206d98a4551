/** The page's script: puts the parts together. Nothing is fetched; all data is in the file. */

import type { PageIndex, PageTrace, PruneSteps } from '../page-data.js'
import { controls } from './controls.js'
import { detail } from './detail.js'
import { byId } from './dom.js'
import { problemList } from './list.js'
import { sortable } from './sort.js'
import type { Choice } from './state.js'
import { unpack } from './unpack.js'

async function main(prune: PruneSteps): Promise<void> {
  for (const table of document.querySelectorAll<HTMLTableElement>('table.sortable')) sortable(table)
  const index = await unpack<PageIndex>('index')
  if (index === null || index.problems.length === 0) return
  let choice: Choice = { method: 0, threshold: 0 }
  let redraw: (choice: Choice) => void = () => {}
  let current = -1
  const open = async (place: number) => {
    if (place === current) return
    const problem = index.problems[place]
    if (problem === undefined) return
    current = place
    list.mark(place)
    const trace = await unpack<PageTrace>(`trace-${place}`)
    // another one may have been chosen while this was unpacked
    if (current !== place) return
    redraw = detail({ index, problem, trace, prune })
    redraw(choice)
    history.replaceState(null, '', `#problem-${place + 1}`)
    turn()
  }
  const [previous, next] = [byId('previous', HTMLButtonElement), byId('next', HTMLButtonElement)]
  const turn = () => {
    const shown = list.shown()
    const at = shown.indexOf(current)
    previous.disabled = at <= 0
    next.disabled = at >= shown.length - 1
  }
  const list = problemList(index, open, turn)
  const step = (by: number) => {
    const shown = list.shown()
    const place = shown[shown.indexOf(current) + by]
    if (place !== undefined) void open(place)
  }
  previous.addEventListener('click', () => step(-1))
  next.addEventListener('click', () => step(1))
  controls(index, chosen => {
    choice = chosen
    list.update(choice)
    redraw(choice)
  })
  const asked = Number(/^#problem-(\d+)$/.exec(location.hash)?.[1]) - 1
  await open(index.problems[asked] === undefined ? (list.shown()[0] ?? 0) : asked)
  document.documentElement.dataset.ready = 'true'
}

/** What goes wrong is said in the page: nobody looks at a console. */
export function start(prune: PruneSteps): void {
  main(prune).catch((error: unknown) => {
    const what = 'The problems cannot be shown; a browser of 2023 or newer is needed.'
    byId('detail', HTMLElement).textContent = `${what} (${String(error)})`
  })
}
