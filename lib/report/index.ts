/**
 * Results for people: tables, charts and the page. Plain data in, text out.
 *
 * @module cot-prune/report
 */

export { ownAnswer } from '../index.js'
export { renderAnswerLikelihoods } from './answer-likelihood-table.js'
export { agreementText, calibrationText, futureText } from './calibration-text.js'
export {
  type ChartSpec,
  chartSpecs,
  type HeatmapInput,
  type ImportanceInput,
  svg,
} from './charts/index.js'
export { renderCompressed } from './compress-table.js'
export { type HtmlOptions, html, type Pictures } from './html/page.js'
export { renderInFlight } from './in-flight-table.js'
export { renderNextSteps } from './next-step-table.js'
export { renderOwnText } from './own-text-table.js'
export { renderProblems } from './problem-list.js'
export type { ReportInput } from './report.js'
export { report } from './report.js'
export { renderResumeCurve, renderResumed } from './resume-curve-table.js'
export { renderCalibration, renderCompressions, renderSeparations } from './separation-table.js'
export { sparkline } from './sparkline.js'
export type { ShownStep, StepsOptions } from './step-bars.js'
export { renderSteps } from './step-bars.js'
export { stepGraphSvg } from './step-graph-svg.js'
export { renderStudies } from './studies-table.js'
export {
  durationText,
  renderEstimate,
  renderStudy,
  renderStudyPart,
} from './study-report.js'
export { renderTable } from './threshold-table.js'
export { type ReportOptions, type WrittenReport, writeReport } from './write-report.js'
