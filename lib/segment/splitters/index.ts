/** The splitters by name. A new one is a file beside this and a line here. */

import type { Splitter, SplitterName } from '../../../types/public.js'
import { builtInOrOwn } from '../../base/choice.js'
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

/** Has a name to be chosen by, and no ranges of its own: `segment` chooses. */
const auto: Splitter = { ...paragraph, name: 'auto' }

/** @throws TypeError for an unknown name and for an object that is no splitter */
export function resolveSplitter(choice: unknown): Splitter | 'auto' {
  const known = [auto, ...Object.values(splitters)]
  const splitter = builtInOrOwn('options.splitter', choice, known, 'split')
  return splitter === auto ? 'auto' : splitter
}
