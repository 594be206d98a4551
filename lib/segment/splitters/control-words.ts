import type { Splitter } from '../../../types/public.js'
import { piecesFrom } from './ranges.js'

/** Phrases that open a step in TRAAC's code (arXiv 2510.01581, segmentation of the trace). */
export const controlWords = [
  ...['Wait', 'Alternatively', 'Another angle', 'Another approach', 'But wait', 'Hold on', 'Hmm'],
  ...['Maybe', 'Looking back', 'Okay', 'Let me', 'First', 'Then', 'Alright', 'Compute', 'Correct'],
  ...['Good', 'Got it', "I don't see any errors", 'I think', 'Let me double-check', "Let's see"],
  ...['Now', 'Remember', 'Seems solid', 'Similarly', 'So', 'Starting', "That's correct"],
  ...['That seems right', 'Therefore', 'Thus'],
] as const

/** Longest first, so that a phrase wins against one that it begins with. */
const alternatives = (phrases: readonly string[]) =>
  [...phrases].sort((a, b) => b.length - a.length).join('|')

const wholeWords = new RegExp(
  `(?<![\\p{L}\\p{N}_])(?:${alternatives(controlWords)})(?![\\p{L}\\p{N}_])`,
  'gu',
)

const startsOf = (text: string, pattern: RegExp) =>
  Array.from(text.matchAll(pattern), ({ index }) => index)

/** A step opens at each of TRAAC's 32 phrases where it stands as whole words; case matters. */
export const controlWordSplitter: Splitter = {
  name: 'control-words',
  split: thinking => piecesFrom(thinking, startsOf(thinking, wholeWords)),
}

const anywhere = new RegExp(alternatives(controlWords.filter(phrase => !phrase.includes(' '))), 'g')

/**
 * What TRAAC's released code does with the same list: it looks for the phrases in byte-level tokens,
 * where no phrase with a space occurs, and not for whole words ("So" also cuts "Some"). Its third
 * quirk, that the token of a word with the space before it stays with the step before, is how
 * `segment` maps all text to tokens.
 */
export const traacCodeSplitter: Splitter = {
  name: 'control-words-traac-code',
  split: thinking => piecesFrom(thinking, startsOf(thinking, anywhere)),
}
