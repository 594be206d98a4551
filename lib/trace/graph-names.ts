/** How looks of a step graph may become scores: what options choose from and traces of a file may say. */

import type { GraphAggregate, GraphReduction } from '../../types/public.js'

/** The reductions of `scoreStepGraph` by name; `GraphReduction` says what each does. */
export const graphReductions = [
  'received-max',
  'received-mean',
  'flow',
  'chain',
] as const satisfies GraphReduction[]
/** What `scoreStepGraph` may do with the length of a step, by name. */
export const graphAggregates = ['sum', 'root', 'mean'] as const satisfies GraphAggregate[]
