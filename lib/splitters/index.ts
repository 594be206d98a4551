/** The splitters by name. A new one is a file beside this and a line here. */

import type { Splitter, SplitterName } from '../../types/public.js'
import { invalidType, invalidValue } from '../errors.js'
import { controlWordSplitter, traacCodeSplitter } from './control-words.js'
import { line } from './line.js'
import { paragraph } from './paragraph.js'
import { sentence } from './sentence.js'

export const splitters: Readonly<Record<SplitterName, Splitter>> = {
  paragraph,
  'control-words': controlWordSplitter,
  'control-words-traac-code': traacCodeSplitter,
  sentence,
  line,
}

function isSplitter(value: unknown): value is Splitter {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    value.name !== '' &&
    'split' in value &&
    typeof value.split === 'function'
  )
}

/** @throws TypeError for an unknown name and for an object that is no splitter */
export function resolveSplitter(choice: SplitterName | Splitter): Splitter {
  const known = Object.values(splitters)
  const found = known.find(({ name }) => name === choice)
  if (found !== undefined) return found
  if (isSplitter(choice)) return choice
  const names = known.map(({ name }) => `'${name}'`).join(', ')
  const expected = `one of ${names} or an object with a name and a split function`
  throw typeof choice === 'string'
    ? invalidValue('options.splitter', expected, choice)
    : invalidType('options.splitter', expected, choice)
}
