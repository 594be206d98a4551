/** Scores and a rule to kept and removed steps. */

import type { PrunedTrace, PruneOptions, ScoredTrace, Step } from '../types/public.js'
import { CotPruneError, invalidType, outOfRange } from './errors.js'
import { assertFinite } from './numeric.js'
import { isObject } from './options/check.js'
import { resolvePruneOptions } from './options/index.js'
import { rules } from './rules/index.js'

/** What a trace from plain JavaScript or from an edited file can get wrong here. */
function checkScores({ steps, scores }: ScoredTrace): void {
  if (!Array.isArray(steps) || !Array.isArray(scores) || steps.length !== scores.length) {
    const what = 'trace must have steps and one score for each; segment it, then score its steps'
    throw new CotPruneError('ERR_TRACE_INVALID', what)
  }
  if (steps.length === 0) throw new CotPruneError('ERR_NO_STEPS', 'trace has no steps to prune')
  assertFinite(scores, 'trace.scores')
}

function protectedSteps(protect: readonly number[], steps: number): ReadonlySet<number> {
  const indices = protect.map((index, i) => {
    if (index < -steps || index >= steps) {
      const expected = `a step index from ${-steps} to ${steps - 1}`
      throw outOfRange(`options.protect[${i}]`, expected, index)
    }
    return index < 0 ? steps + index : index
  })
  return new Set(indices)
}

function tokensOf(steps: readonly Step[], tokens: readonly number[]): number[] {
  const found: number[] = []
  for (const { tokenStart, tokenEnd } of steps) {
    for (const token of tokens.slice(tokenStart, tokenEnd)) found.push(token)
  }
  return found
}

/**
 * Removes the steps that a rule does not keep. Protected steps stay in addition: the rule counts as
 * if they were not protected.
 *
 * @throws TypeError or RangeError that names the option; CotPruneError ERR_NO_STEPS,
 * ERR_TRACE_INVALID (not scored), ERR_NOT_FINITE
 */
export function prune(trace: ScoredTrace, options: PruneOptions): PrunedTrace {
  if (!isObject(trace)) throw invalidType('trace', 'a scored trace', trace)
  const { rule, protect } = resolvePruneOptions(options)
  checkScores(trace)
  const { steps, scores, tokens } = trace
  const stay = protectedSteps(protect, steps.length)
  const mask = rules[rule.name](scores, rule.value)
  const stays = (index: number) => mask[index] === true || stay.has(index)
  const indices = [...steps.keys()]
  const keptSteps = steps.filter((_, index) => stays(index))
  return {
    ...trace,
    rule,
    kept: indices.filter(stays),
    removed: indices.filter(index => !stays(index)),
    prunedText: keptSteps.map(({ text }) => text).join('\n\n'),
    prunedTokens: tokensOf(keptSteps, tokens),
  }
}
