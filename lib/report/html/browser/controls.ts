/** The method and the threshold that are looked at. */

import type { PageIndex } from '../page-data.js'
import { byId, el } from './dom.js'
import { type Choice, nearest, stopsOf } from './state.js'

const meanings: Readonly<Record<PageIndex['pruning']['rule'], string>> = {
  threshold: 'steps that score below this percentile are removed',
  ratio: 'this share of the steps is removed',
  uniformity: "TRAAC's target reduction: more is removed where scores are uneven",
  tokens: 'this share of the tokens is removed',
}

/** Calls `changed` at every choice, and once at the start. */
export function controls(index: PageIndex, changed: (choice: Choice) => void): void {
  const stops = stopsOf(index)
  const method = byId('method', HTMLSelectElement)
  const slider = byId('threshold', HTMLInputElement)
  method.append(...index.methods.map((name, place) => el('option', { value: place }, name)))
  slider.max = String(stops.length - 1)
  const middle = index.thresholds[Math.floor(index.thresholds.length / 2)] ?? 0
  slider.value = String(stops.indexOf(middle))
  const update = () => {
    const choice = {
      method: Math.max(0, method.selectedIndex),
      threshold: stops[Number(slider.value)] ?? 0,
    }
    describe(index, choice, slider)
    changed(choice)
  }
  byId('recorded', HTMLElement).append(
    ...index.thresholds.map(threshold => {
      const button = el(
        'button',
        { type: 'button', 'data-threshold': threshold },
        String(threshold),
      )
      button.addEventListener('click', () => {
        slider.value = String(stops.indexOf(threshold))
        update()
      })
      return button
    }),
  )
  method.addEventListener('change', update)
  slider.addEventListener('input', update)
  update()
}

function describe(index: PageIndex, { method, threshold }: Choice, slider: HTMLInputElement): void {
  const { methods, thresholds, pruning } = index
  const recorded = thresholds[nearest(index, threshold)] ?? 0
  const asked = recorded === threshold
  byId('threshold-value', HTMLElement).textContent = String(threshold)
  const answers = asked
    ? 'answers of the run'
    : `answers are those at ${recorded}, the nearest of the run`
  slider.setAttribute('aria-valuetext', `${threshold}, ${answers}`)
  const what = method === 0 ? meanings[pruning.rule] : `as many tokens stay as with ${methods[0]}`
  byId('threshold-help', HTMLElement).textContent = `${what}; ${answers}`
  for (const button of byId('recorded', HTMLElement).querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String(button.dataset.threshold === String(threshold)))
  }
}
