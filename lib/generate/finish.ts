/** How a generation ended, by the sample that ended it. Pure. */

import type { NativeSample } from '../../types/native.js'
import type { Trace } from '../../types/public.js'

/** null: go on. A closed or interrupted session ends as 'cancelled'. */
export function finishOf(
  { finish }: NativeSample,
  full: boolean,
  cancelled: boolean,
): Trace['finish'] | null {
  if (cancelled || finish === 'aborted') return 'cancelled'
  if (finish === 'end' || finish === 'stop') return finish
  return finish === 'full' || full ? 'length' : null
}
