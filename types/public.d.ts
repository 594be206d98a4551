/**
 * The public types of cot-prune: options, results, extension points. Results are plain read-only
 * data without handles: they survive `structuredClone` and JSON. Every range is half-open.
 */

export type * from './errors.js'
export type * from './evaluation.js'
export type * from './generate.js'
export type * from './hub.js'
export type * from './in-flight.js'
export type * from './model.js'
export type * from './spans.js'
export type * from './step-graph.js'
export type * from './steps.js'
export type * from './trace.js'
