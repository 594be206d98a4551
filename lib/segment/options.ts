/** Options of `segment`. */

import type { SegmentOptions, Splitter } from '../../types/public.js'
import { checkKnown, integer, keysOf, oneOf } from '../base/check.js'
import { resolveSplitter } from './splitters/index.js'

const maxInt32 = 2 ** 31 - 1

export interface ResolvedSegmentOptions {
  readonly splitter: Splitter
  /** Code points. */
  readonly minCharacters: number
  readonly short: 'join' | 'drop'
}

const segmentKeys = keysOf<SegmentOptions>({ splitter: true, minCharacters: true, short: true })

/** @throws TypeError or RangeError that names the option */
export function resolveSegmentOptions(options?: SegmentOptions): ResolvedSegmentOptions {
  checkKnown('options', options, segmentKeys)
  const { splitter = 'paragraph', minCharacters = 10, short = 'join' } = options ?? {}
  return {
    splitter: resolveSplitter(splitter),
    minCharacters: integer('options.minCharacters', minCharacters, { min: 0, max: maxInt32 }),
    short: oneOf('options.short', short, ['join', 'drop']),
  }
}
