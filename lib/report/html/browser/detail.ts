/** One problem: the question, the answers before and after, and the trace. */

import type {
  PageIndex,
  PageProblem,
  PageRow,
  PageTrace,
  PrunedSteps,
  PruneSteps,
} from '../page-data.js'
import { answerElement } from './answer.js'
import { byId, el, isolated } from './dom.js'
import { type Figures, figuresOf } from './figures.js'
import { answersAt, type Choice, changeText, nearest } from './state.js'
import { type TraceView, traceView } from './trace-view.js'

export interface Shown {
  readonly index: PageIndex
  readonly problem: PageProblem
  /** Null where the file had no room for it. */
  readonly trace: PageTrace | null
  readonly prune: PruneSteps
}

/** Draws the problem; what comes back draws it for another choice. */
export function detail({ index, problem, trace, prune }: Shown): (choice: Choice) => void {
  const facts = el('dl', { class: 'facts' })
  const badge = el('span', { class: 'badge' })
  const body = el('div', { class: 'trace' })
  byId('detail', HTMLElement).replaceChildren(
    el('h3', {}, isolated(problem.name), ' ', badge),
    el('p', { class: 'question', dir: 'auto' }, problem.question),
    facts,
    body,
  )
  let drawn: {
    readonly method: number
    readonly view: TraceView
    readonly figures: Figures
  } | null = null
  return choice => {
    const { before, after, change } = answersAt(problem, index, choice)
    badge.textContent = changeText[change]
    badge.dataset.change = change
    const recorded = index.thresholds[nearest(index, choice.threshold)] ?? 0
    const answers: Fact[] = [
      ['Expected', isolated(problem.expected ?? 'not known')],
      ['Before', answerElement(before)],
      [`After, at ${recorded}`, answerElement(after)],
    ]
    if (trace === null) {
      facts.replaceChildren(...answers.map(factOf))
      body.replaceChildren(el('p', { class: 'hint' }, leftOut))
      return
    }
    if (trace.floor !== null) answers.push(['With nothing kept', answerElement(trace.floor.answer)])
    if (drawn?.method !== choice.method) {
      const scores = (trace.scores[choice.method] ?? []).map(score => score ?? 0)
      const most = Math.max(...scores, Number.MIN_VALUE)
      const view = traceView(
        trace,
        scores.map(score => score / most),
      )
      const name = index.methods[choice.method] ?? ''
      drawn = { method: choice.method, view, figures: figuresOf(trace, choice.method, name) }
      body.replaceChildren(...bodyOf(index, trace, drawn, choice))
    }
    const pruned = prunedAt({ index, problem, trace, prune }, choice, recorded)
    drawn.view.update(pruned)
    drawn.figures.update(new Set(pruned.kept))
    facts.replaceChildren(...[...answers, ...countsOf(index, trace, pruned, choice)].map(factOf))
    body.querySelector('.written')?.replaceWith(written(index, trace, choice))
  }
}

const leftOut =
  'The trace is not in this file, which would be too large with it; it is in results.jsonl beside it.'

type Fact = readonly [string, Node | string]

const factOf = ([name, value]: Fact): HTMLElement =>
  el('div', {}, el('dt', {}, name), el('dd', {}, value))

function prunedAt(
  { index, trace, prune }: Shown & { readonly trace: PageTrace },
  choice: Choice,
  recorded: number,
): PrunedSteps {
  const kept = trace.recorded?.[choice.method]?.[index.thresholds.indexOf(recorded)]
  const pruned =
    kept === undefined ? prune(trace, choice.method, choice.threshold, index.pruning) : null
  if (pruned !== null) return pruned
  const left = kept ?? [...trace.steps.keys()]
  const sum = (steps: readonly number[]) =>
    steps.reduce((total, step) => total + (trace.tokens[step] ?? 1), 0)
  return { kept: left, cut: null, keptTokens: sum(left), tokens: sum([...trace.steps.keys()]) }
}

function countsOf(index: PageIndex, trace: PageTrace, pruned: PrunedSteps, choice: Choice): Fact[] {
  const { kept, keptTokens, tokens } = pruned
  const row = rowAt(index, trace, choice)
  const ofTokens = trace.tokens.every(count => count !== null)
  const share = tokens > 0 ? Math.round((100 * keptTokens) / tokens) : 100
  return [
    ['Steps kept', `${kept.length} of ${trace.steps.length}`],
    ...(ofTokens ? [['Tokens kept', `${keptTokens} of ${tokens} (${share} %)`] as const] : []),
    ...(row?.finishTokens == null ? [] : [['Tokens to finish', String(row.finishTokens)] as const]),
    ['Seed', String(trace.seed)],
  ]
}

const rowAt = (index: PageIndex, trace: PageTrace, choice: Choice): PageRow | undefined =>
  trace.rows[choice.method]?.[nearest(index, choice.threshold)]

function bodyOf(
  index: PageIndex,
  trace: PageTrace,
  { view, figures }: { readonly view: TraceView; readonly figures: Figures },
  choice: Choice,
): Node[] {
  return [
    ...figures.nodes,
    ...(trace.recorded === null ? [] : [el('p', { class: 'hint' }, byOtherMeans)]),
    ...(trace.steps.length === 0
      ? [el('p', { class: 'hint' }, 'This trace has no steps.')]
      : [view.list]),
    ...(view.rest === '' ? [] : [el('h4', {}, 'Behind the steps'), raw(view.rest)]),
    written(index, trace, choice),
  ]
}

const byOtherMeans =
  'This run pruned by other means than the slider: the steps are those of the nearest threshold of the run.'

const raw = (text: string): HTMLElement => el('p', { class: 'raw', dir: 'auto' }, text)

function written(index: PageIndex, trace: PageTrace, choice: Choice): HTMLElement {
  const row = rowAt(index, trace, choice)
  const recorded = index.thresholds[nearest(index, choice.threshold)] ?? 0
  if (row === undefined || row.output === null) return el('div', { class: 'written' })
  return el(
    'details',
    { class: 'written' },
    el('summary', {}, `What the model wrote behind what was kept at ${recorded}`),
    ...(row.shortened
      ? [el('p', { class: 'hint' }, 'Its end; all of it is in results.jsonl.')]
      : []),
    raw(row.output),
  )
}
