/** What the commands that segment have in common. */

import type { SegmentOptions } from '../../../types/public.js'

export interface SegmentFlags {
  readonly splitter?: Exclude<SegmentOptions['splitter'], object>
  readonly minCharacters?: number
}

/** Nothing where neither was given: then the preset, or the library, has its own. */
export function segmentingOf({
  splitter,
  minCharacters,
}: SegmentFlags): SegmentOptions | undefined {
  if (splitter === undefined && minCharacters === undefined) return undefined
  return { splitter, minCharacters }
}
