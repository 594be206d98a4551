import { keepHighest, type Rule } from './rank.js'

/** Keeps the `value` highest scores, of equal ones the earlier; all where there are no more. */
export const keep: Rule = (scores, value) => keepHighest(scores, value)
