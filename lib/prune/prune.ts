/** Scores and a rule to kept and removed steps. */

import type {
  ProtectedSteps,
  PrunedTrace,
  PruneOptions,
  ScoredTrace,
  Step,
  TextRange,
} from '../../types/public.js'
import { isObject } from '../base/check.js'
import { CotPruneError, invalidType, invalidValue, outOfRange } from '../base/errors.js'
import { assertFinite } from '../base/numeric.js'
import { toRanges } from '../trace/token-ranges.js'
import { type ResolvedPruneOptions, resolvePruneOptions } from './options.js'
import { type BudgetChoice, rules, tokenBudget } from './rules/index.js'

/** What a trace from plain JavaScript or from an edited file can get wrong here. */
function checkScores({ steps, scores }: ScoredTrace): void {
  if (!Array.isArray(steps) || !Array.isArray(scores) || steps.length !== scores.length) {
    const what = 'trace must have steps and one score for each; segment it, then score its steps'
    throw new CotPruneError('ERR_TRACE_INVALID', what)
  }
  if (steps.length === 0) throw new CotPruneError('ERR_NO_STEPS', 'trace has no steps to prune')
  assertFinite(scores, 'trace.scores')
}

/** Which steps are protected, checked against how many there are. */
function protection(protect: ProtectedSteps, steps: readonly Step[]): (index: number) => boolean {
  const count = steps.length
  if (typeof protect === 'function') {
    const stay = steps.map(step => protect(step) === true)
    return index => stay[index] === true
  }
  if (!isList(protect)) {
    const { first = 0, last = 0 } = protect
    return index => index < first || index >= count - last
  }
  const indices = protect.map((index, i) => {
    if (index < -count || index >= count) {
      const expected = `a step index from ${-count} to ${count - 1}`
      throw outOfRange(`options.protect[${i}]`, expected, index)
    }
    return index < 0 ? count + index : index
  })
  const stay = new Set(indices)
  return index => stay.has(index)
}

/** `Array.isArray` does not narrow read-only arrays. */
const isList = (protect: ProtectedSteps): protect is readonly number[] => Array.isArray(protect)

/** The mask of a rule, before protected steps are added, and single tokens that go. */
function choose(
  trace: ScoredTrace,
  rule: ResolvedPruneOptions['rule'],
  isProtected: (index: number) => boolean,
): BudgetChoice {
  const { scores, steps } = trace
  if (rule.name === 'tokenBudget') return tokenBudget(trace, rule.value, isProtected)
  if (rule.name !== 'rule') return { kept: rules[rule.name](scores, rule.value), removedTokens: [] }
  const kept = rule.value.keep(scores, steps)
  const valid = Array.isArray(kept) && kept.length === steps.length
  if (!valid || kept.some(stays => typeof stays !== 'boolean')) {
    throw invalidValue(`what rule '${rule.value.name}' returns`, `${steps.length} booleans`, kept)
  }
  return { kept: [...kept], removedTokens: [] }
}

/** The text of a step's tokens that are left; its own text where all are. */
function textOf(step: Step, trace: ScoredTrace, holes: readonly TextRange[]): string {
  const { tokenStart, tokenEnd, charStart, charEnd } = step
  if (!holes.some(({ start, end }) => start < tokenEnd && end > tokenStart)) return step.text
  const cut = (char = 0) => Math.min(charEnd, Math.max(charStart, char))
  const edges = holes.flatMap(({ start, end }) => [start, end])
  let text = ''
  for (const [i, from] of [tokenStart, ...edges].entries()) {
    // [from, to) is left for even i, and a hole for odd ones
    const to = edges[i] ?? tokenEnd
    const [start, end] = [trace.tokenEnds[from - 1], trace.tokenEnds[to - 1]]
    if (i % 2 === 0 && from < to) text += trace.text.slice(cut(start), cut(end))
  }
  return text
}

/** Neighbours become one. */
function push(ranges: { start: number; end: number }[], start: number, end: number): void {
  const last = ranges.at(-1)
  if (last?.end === start) last.end = end
  else if (start < end) ranges.push({ start, end })
}

/** The tokens of ranges, copied one by one: for a long trace many times faster than slices. */
function tokensOf(tokens: readonly number[], ranges: readonly TextRange[]): number[] {
  const result: number[] = []
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at++) result.push(tokens[at] ?? Number.NaN)
  }
  return result
}

/**
 * Removes the steps that a rule does not keep. Protected steps stay in addition: the rule counts as
 * if they were not protected, but for a token budget, which they are a part of. Pure.
 *
 * @returns the trace with `kept` and `removed` (step indices, ascending), half-open `removedTokens`, and what is left as text and tokens
 * @throws TypeError or RangeError that names the option; CotPruneError ERR_NO_STEPS,
 * ERR_TRACE_INVALID (not scored), ERR_NOT_FINITE
 * @see the seed notebook for `threshold` (`numpy.percentile` with its linear rule); *Think Clearly* (arXiv 2507.08806) for `tokenBudget`: whole
 * steps before single tokens; TRAAC (arXiv 2510.01581) for `uniformity`: u = −Σ p ln p / ln N of the scores' shares p, nothing goes where
 * u > 0.8, else ⌊N · min(ρ(1 − u), 0.8)⌋ steps
 */
export function prune(trace: ScoredTrace, options: PruneOptions): PrunedTrace {
  if (!isObject(trace)) throw invalidType('trace', 'a scored trace', trace)
  const { rule, protect } = resolvePruneOptions(options)
  checkScores(trace)
  const { steps, tokens } = trace
  const isProtected = protection(protect, steps)
  const choice = choose(trace, rule, isProtected)
  // single tokens go from one step at most
  const holes = toRanges(choice.removedTokens)
  const kept: Step[] = []
  const removed: Step[] = []
  const left: { start: number; end: number }[] = []
  const gone: { start: number; end: number }[] = []
  for (const step of steps) {
    const stays = choice.kept[step.index] === true || isProtected(step.index)
    if (stays) kept.push(step)
    else removed.push(step)
    let at = step.tokenStart
    for (const hole of stays ? holes : []) {
      if (hole.start < step.tokenStart || hole.end > step.tokenEnd) continue
      push(left, at, hole.start)
      push(gone, hole.start, hole.end)
      at = hole.end
    }
    push(stays ? left : gone, at, step.tokenEnd)
  }
  return {
    ...trace,
    rule: { name: rule.name === 'rule' ? rule.value.name : rule.name, value: numberOf(rule) },
    kept: kept.map(({ index }) => index),
    removed: removed.map(({ index }) => index),
    removedTokens: gone,
    prunedText: kept.map(step => textOf(step, trace, holes)).join('\n\n'),
    prunedTokens: tokensOf(tokens, left),
  }
}

const numberOf = ({ value }: ResolvedPruneOptions['rule']) =>
  typeof value === 'number' ? value : null
