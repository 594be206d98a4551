/** The median, as numpy has it; 0 of nothing. */

import { percentile } from '../../index.js'

export const median = (values: readonly number[]): number =>
  values.length === 0 ? 0 : percentile(values, 50)
