/** How looks of a step graph may become scores: what options choose from and traces of a file may say. */

import type { GraphAggregate, GraphReduction } from '../../types/public.js'

export const graphReductions = [
  'received-max',
  'received-mean',
  'flow',
  'chain',
] as const satisfies GraphReduction[]
export const graphAggregates = ['sum', 'root', 'mean'] as const satisfies GraphAggregate[]
