import { keepHighest, type Rule } from './rank.js'

/** Scores more even than this say nothing: then nothing is removed. */
const mostUniform = 0.8
/** Of the steps, however uneven their scores are. */
const mostRemoved = 0.8

/**
 * How even scores are: their entropy over its maximum, 1 where all are equal (TRAAC, arXiv
 * 2510.01581: u = −Σ p ln(p + 1e-12) / ln N, and 1 of one step or of no mass).
 */
export function uniformityOf(scores: readonly number[]): number {
  const total = scores.reduce((sum, score) => sum + score, 0)
  if (scores.length <= 1 || total <= 0) return 1
  const entropy = scores.reduce((sum, score) => {
    const p = score / total
    return sum - p * Math.log(p + 1e-12)
  }, 0)
  return entropy / Math.log(scores.length)
}

/**
 * TRAAC's share for a target reduction ρ: e = min(ρ·(1 − u), 0.8), of which floor(n·e) steps are
 * removed, and none where u is above 0.8. (Its ρ is 0.6, 0.4 and 0.2 for easy, medium and hard
 * problems.) Of equal scores the later go first.
 */
export const uniformity: Rule = (scores, value) => {
  const u = uniformityOf(scores)
  const share = u > mostUniform ? 0 : Math.min(value * (1 - u), mostRemoved)
  return keepHighest(scores, scores.length - Math.floor(scores.length * share))
}
