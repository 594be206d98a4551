/** The rules by name. A new one is a file beside this and a line here. */

import type { PrunedTrace } from '../../types/public.js'
import { keep } from './keep.js'
import type { Rule } from './rank.js'
import { ratio } from './ratio.js'
import { threshold } from './threshold.js'

export type { Rule } from './rank.js'

export const rules: Readonly<Record<PrunedTrace['rule']['name'], Rule>> = { threshold, ratio, keep }
