/** cot-prune/report: results for people. */

export { renderAnswerLikelihoods } from './answer-likelihood.js'
export { renderInFlight } from './in-flight.js'
export { renderNextSteps } from './next-step.js'
export { renderProblems } from './problems.js'
export type { ReportInput } from './report.js'
export { ownAnswer, report } from './report.js'
export { renderCalibration, renderCompressions, renderSeparations } from './separation.js'
export { stepGraphSvg } from './step-graph-svg.js'
export type { ShownStep, StepsOptions } from './steps.js'
export { renderSteps } from './steps.js'
export { renderTable } from './table.js'
