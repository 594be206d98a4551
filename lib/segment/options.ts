/** Options of `segment`. */

import type { SegmentOptions, Splitter } from '../../types/public.js'
import { checkKnown, integer, keysOf, oneOf } from '../base/check.js'
import { resolveSplitter } from './splitters/index.js'

const maxInt32 = 2 ** 31 - 1

export interface ResolvedSegmentOptions {
  readonly splitter: Splitter | 'auto'
  /** Code points. */
  readonly minCharacters: number
  readonly short: 'join' | 'drop'
}

const segmentKeys = keysOf<SegmentOptions>({ splitter: true, minCharacters: true, short: true })

/** @throws TypeError or RangeError that names the option */
export function resolveSegmentOptions(options?: SegmentOptions): ResolvedSegmentOptions {
  checkKnown('options', options, segmentKeys)
  const { splitter = 'auto', minCharacters = 10, short = 'join' } = options ?? {}
  return {
    splitter: resolveSplitter(splitter),
    minCharacters: integer('options.minCharacters', minCharacters, { min: 0, max: maxInt32 }),
    short: oneOf('options.short', short, ['join', 'drop']),
  }
}

/** For a trace that is still written: another splitter for its end would make other steps of its beginning. */
export function whileWriting(options: SegmentOptions = {}): SegmentOptions {
  const { splitter = 'auto' } = options
  return splitter === 'auto' ? { ...options, splitter: 'paragraph' } : options
}
