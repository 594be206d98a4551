/** The finished thinking: steps, threshold, answers. */

import { bars } from '../../../report/html/browser/bars.js'
import { byId, el, isolated } from '../../../report/html/browser/dom.js'
import { traceView } from '../../../report/html/browser/trace-view.js'
import type { PrunedSteps, PruneSteps } from '../../../report/html/page-data.js'
import type { PageAnswered, PageResult } from '../page-events.js'
import { answers, savedTrace } from './api.js'
import { draw } from './arcs.js'

const rule = { rule: 'threshold', protect: {} } as const

export function showResult(
  result: PageResult,
  prune: PruneSteps,
  say: (text: string, bad?: boolean) => void,
): void {
  const { trace, methods, graph } = result
  const section = byId('result', HTMLElement)
  const method = fresh('method', HTMLSelectElement)
  const slider = fresh('threshold', HTMLInputElement)
  const output = byId('threshold-value', HTMLOutputElement)
  method.replaceChildren(...methods.map((name, place) => el('option', { value: place }, name)))
  byId('answers', HTMLElement).replaceChildren()
  section.hidden = false
  const threshold = () => Number(slider.value) / 100
  const place = () => Math.max(0, method.selectedIndex)
  const texts = trace.steps.map(step =>
    typeof step === 'string' ? step : trace.text.slice(...step),
  )
  let shown: ReturnType<typeof stepsOf> | null = null
  const update = () => {
    output.textContent = threshold().toFixed(2)
    byId('threshold-help', HTMLElement).textContent =
      place() === 0
        ? 'steps that score below this percentile are removed'
        : `as many tokens stay as with ${methods[0] ?? ''}`
    const pruned = prune(trace, place(), threshold(), rule)
    if (pruned === null) return
    shown?.update(pruned)
    facts(result, pruned)
    const scores = trace.scores[place()]?.map(score => score ?? 0) ?? []
    if (graph === null) return
    draw(byId('arcs', HTMLElement), {
      texts,
      scores,
      kept: pruned.kept,
      answer: result.answer,
      graph,
    })
  }
  const redraw = () => {
    shown = stepsOf(result, place())
    update()
  }
  method.addEventListener('change', redraw)
  slider.addEventListener('input', update)
  const ask = async (button: HTMLButtonElement, places: readonly number[]) => {
    button.disabled = true
    say('Answering …')
    try {
      const asked = { id: result.id, threshold: threshold(), methods: places }
      showAnswers(result, await answers(asked))
      say('')
    } catch (error) {
      say(String(error), true)
    }
    button.disabled = false
  }
  const again = fresh('again', HTMLButtonElement)
  again.addEventListener('click', () => void ask(again, [place()]))
  const compare = fresh('compare', HTMLButtonElement)
  compare.addEventListener(
    'click',
    () =>
      void ask(
        compare,
        methods.map((_, i) => i),
      ),
  )
  const save = fresh('save', HTMLButtonElement)
  save.addEventListener(
    'click',
    () => void download(result.id).catch(error => say(String(error), true)),
  )
  for (const button of [again, compare]) button.disabled = methods.length === 0
  redraw()
}

/** Without what an earlier result had listening. */
function fresh<E extends HTMLElement>(id: string, type: abstract new () => E): E {
  const old = byId(id, type)
  const copy = old.cloneNode(true)
  old.replaceWith(copy)
  return byId(id, type)
}

function stepsOf({ trace, methods }: PageResult, place: number) {
  const into = byId('steps', HTMLElement)
  const scores = (trace.scores[place] ?? []).map(score => score ?? 0)
  if (scores.length === 0) {
    into.replaceChildren(el('p', { class: 'hint' }, 'This thinking has no steps.'))
    return null
  }
  const most = Math.max(...scores, Number.MIN_VALUE)
  const view = traceView(
    trace,
    scores.map(score => score / most),
  )
  const drawn = bars(scores)
  const caption = `Importance of the steps by ${methods[place] ?? ''}: green above the median (dashed), red not above it, pale where removed.`
  into.replaceChildren(el('figure', {}, drawn.svg, el('figcaption', {}, caption)), view.list)
  return {
    update(pruned: PrunedSteps) {
      view.update(pruned)
      drawn.update(new Set(pruned.kept))
    },
  }
}

function facts(
  { trace, answer, value, finish }: PageResult & { readonly finish?: string },
  pruned: PrunedSteps,
): void {
  const { kept, keptTokens, tokens } = pruned
  const entries: readonly (readonly [string, string])[] = [
    ['Answer', value ?? (answer === '' ? 'none' : answer)],
    ['Ended by', finish ?? trace.finish],
    ['Steps kept', `${kept.length} of ${trace.steps.length}`],
    ['Tokens kept', `${keptTokens} of ${tokens}`],
  ]
  byId('facts', HTMLElement).replaceChildren(
    ...entries.map(([name, text]) =>
      el('div', {}, el('dt', {}, name), el('dd', {}, isolated(text))),
    ),
  )
}

function showAnswers({ value }: PageResult, found: readonly PageAnswered[]): void {
  const head = ['Method', 'Threshold', 'Steps', 'Tokens', 'Answer', 'What it wrote']
  const numbers = ['Threshold', 'Steps', 'Tokens']
  const heading = (text: string) =>
    el('th', { scope: 'col', ...(numbers.includes(text) && { class: 'number' }) }, text)
  const rows = found.map(one => {
    const same = value !== null && one.value === value
    const mark = value === null ? '' : same ? ' = unpruned' : ' ≠ unpruned'
    const cells = [String(one.threshold), String(one.steps), String(one.tokens)]
    return el(
      'tr',
      { 'data-method': one.method },
      el('th', { scope: 'row' }, one.method),
      ...cells.map(text => el('td', { class: 'number' }, text)),
      el('td', {}, isolated((one.value ?? 'none') + mark)),
      el('td', { class: 'answer-text', dir: 'auto' }, one.text),
    )
  })
  byId('answers', HTMLElement).replaceChildren(
    el(
      'div',
      { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Answers' },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...head.map(heading))),
        el('tbody', {}, ...rows),
      ),
    ),
  )
}

async function download(id: string): Promise<void> {
  const url = URL.createObjectURL(await savedTrace(id))
  const link = el('a', { href: url, download: 'trace.json' })
  link.click()
  // the browser has taken it by then
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
