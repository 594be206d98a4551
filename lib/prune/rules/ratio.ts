import { keepHighest, type Rule } from './rank.js'

/**
 * Removes the share `value` of the steps: the floor(value·n + 1e-9) lowest scores, of equal ones
 * the later first, and never all. The 1e-9 undoes the error of the product: a float cannot hold 0.29,
 * and 0.29·100 is 28.999999999999996, of which 29 are meant. 0.9·10 is 9, so one of ten is left.
 */
export const ratio: Rule = (scores, value) =>
  keepHighest(scores, scores.length - Math.floor(value * scores.length + 1e-9))
