import { percentile } from '../../base/numeric.js'
import { keepHighest, type Rule } from './rank.js'

/**
 * Keeps scores of at least the percentile 100·value, as the seed notebook does:
 * `np.percentile(importances, threshold * 100)`. Equal scores are kept or removed together. The
 * cutoff is interpolated and may be rounded above the highest score; then the earliest of the
 * highest stays.
 */
export const threshold: Rule = (scores, value) => {
  if (scores.length === 0) return []
  const cutoff = percentile(scores, value * 100)
  const kept = scores.map(score => score >= cutoff)
  return kept.includes(true) ? kept : keepHighest(scores, 1)
}
