/** A trace step by step: how important each is, and which are left. */

import type { PageTrace, PrunedSteps } from '../page-data.js'
import { el } from './dom.js'

export interface TraceView {
  readonly list: HTMLOListElement
  /** What the model wrote behind the last step. */
  readonly rest: string
  update(pruned: PrunedSteps): void
}

/** @param shares shape (steps): importance, of the highest one */
export function traceView(trace: PageTrace, shares: readonly number[]): TraceView {
  const hidden = new Set(trace.hidden)
  const list = el('ol', { class: 'steps' })
  const items: Item[] = []
  let at = 0
  for (const [index, step] of trace.steps.entries()) {
    const [start, end] = typeof step === 'string' ? [at, at] : step
    const between = trace.text.slice(at, start).trim()
    // what a splitter left out is no step, and was read all the same
    if (index > 0 && between !== '')
      list.append(el('li', { class: 'between', dir: 'auto' }, between))
    const text = typeof step === 'string' ? step : trace.text.slice(start, end)
    const item = itemOf(index, text, shares[index] ?? 0)
    items.push(item)
    list.append(item.row)
    at = end
  }
  return {
    list,
    rest: trace.text.slice(at).trim(),
    update({ kept, cut }) {
      const stays = new Set(kept)
      for (const [index, item] of items.entries()) {
        const cutTokens = cut?.step === index ? cut.tokens : 0
        updateItem(item, stays.has(index), noteOf(stays.has(index), hidden.has(index), cutTokens))
      }
    },
  }
}

interface Item {
  readonly row: HTMLLIElement
  readonly text: HTMLElement
  readonly note: HTMLElement
}

function itemOf(index: number, text: string, share: number): Item {
  const meter = el('span', { class: 'meter', 'aria-hidden': 'true' })
  const body = el('p', { class: 'text', dir: 'auto' }, text)
  const note = el('span', { class: 'note' })
  const row = el(
    'li',
    { 'data-step': index },
    el('span', { class: 'place' }, String(index)),
    meter,
    el('div', { class: 'body' }, note, body),
  )
  // set by script, which the policy allows, and not as an attribute, which it does not
  row.style.setProperty('--share', share.toFixed(3))
  return { row, text: body, note }
}

function noteOf(stays: boolean, isHidden: boolean, cutTokens: number): string {
  if (isHidden) return 'removed: states the answer'
  if (!stays) return 'removed'
  return cutTokens > 0 ? `${cutTokens} ${cutTokens === 1 ? 'token' : 'tokens'} of it removed` : ''
}

function updateItem({ row, text, note }: Item, stays: boolean, words: string): void {
  row.toggleAttribute('data-removed', !stays)
  note.textContent = words
  if (stays) text.removeAttribute('role')
  else text.setAttribute('role', 'deletion')
}
