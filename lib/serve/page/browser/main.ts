/** The page's script: asks, shows the thinking as it is written, then what is left of it. */

import { byId, el } from '../../../report/html/browser/dom.js'
import type { PruneSteps } from '../../../report/html/page-data.js'
import type { PageEvent } from '../page-events.js'
import { solve } from './api.js'
import { allKept, draw, graphOf, received } from './arcs.js'
import { showResult } from './result.js'

function say(text: string, bad = false): void {
  const status = byId('status', HTMLElement)
  status.textContent = text
  status.toggleAttribute('data-error', bad)
}

/** What comes of one question. */
function listener(prune: PruneSteps): (event: PageEvent) => void {
  const thinking = byId('thinking', HTMLElement)
  const arcs = byId('arcs', HTMLElement)
  const answer = el('span', { class: 'answered' })
  const thought = el('span')
  thinking.replaceChildren(thought, answer)
  arcs.replaceChildren()
  let written = ''
  const rows: (readonly (readonly number[])[])[] = []
  return event => {
    if (event.type === 'text') {
      const end = thinking.scrollHeight - thinking.scrollTop - thinking.clientHeight < 40
      const into = event.phase === 'answer' ? answer : thought
      into.append(event.text)
      if (event.phase === 'thinking') written += event.text
      if (end) thinking.scrollTop = thinking.scrollHeight
    } else if (event.type === 'step') {
      rows.push(event.looks)
      const graph = graphOf(rows)
      const count = rows.length
      // until the trace is there with its steps, paragraphs are taken for them
      const paragraphs = written.trim().split(/\n\s*\n/)
      const texts = rows.map((_, step) => paragraphs[step] ?? '…')
      const scores = received(graph, count)
      draw(arcs, { texts, scores, kept: allKept(count), answer: '…', graph })
      arcs.dataset.steps = String(count)
    } else if (event.type === 'done') {
      showResult(event.result, prune, say)
    }
  }
}

/** Called once. */
export function start(prune: PruneSteps): void {
  const form = byId('ask', HTMLFormElement)
  const [think, stop] = [byId('think', HTMLButtonElement), byId('stop', HTMLButtonElement)]
  let running: AbortController | null = null
  const ask = async () => {
    const own = new AbortController()
    running = own
    think.disabled = true
    stop.disabled = false
    byId('live', HTMLElement).hidden = false
    byId('result', HTMLElement).hidden = true
    say('Thinking …')
    try {
      await solve(question(), own.signal, listener(prune))
      say('')
    } catch (error) {
      if (own.signal.aborted) say('Stopped.')
      else say(error instanceof Error ? error.message : String(error), true)
    }
    think.disabled = false
    stop.disabled = true
  }
  form.addEventListener('submit', event => {
    event.preventDefault()
    void ask()
  })
  stop.addEventListener('click', () => running?.abort())
  document.documentElement.dataset.ready = 'true'
}

const question = () => ({
  model: byId('model', HTMLSelectElement).value,
  problem: byId('problem', HTMLTextAreaElement).value,
  max_tokens: byId('max-tokens', HTMLInputElement).valueAsNumber,
  seed: byId('seed', HTMLInputElement).valueAsNumber,
})
