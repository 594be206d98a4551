/**
 * Experiments: data sets, the threshold sweep over them, its statistics and results on disk; studies of a model, calibrations, training data.
 *
 * @module cot-prune/experiment
 */

export type { ChainScore, ChosenHeads } from '../index.js'
export { compressTraces } from './compress/compress-traces.js'
export {
  type CompressGroups,
  type LineCompressor,
  type LineCompressorOptions,
  type LineGroup,
  openLineCompressor,
} from './compress/file/by-groups.js'
export {
  type CompressFileOptions,
  compressFile,
  type FileProgress,
} from './compress/file/compress-file.js'
export { isCompressed, mergeCompressed } from './compress/file/merge-compressed.js'
export type { CompressTotals } from './compress/file/totals.js'
export type * from './compress/types.js'
export { onErrorNames } from './compress/types.js'
export { type FetchedFile, type FetchFile, type HubFile, hubFetch } from './datasets/hub-file.js'
export { datasetNames, datasets, openDataset } from './datasets/index.js'
export { parseDataset, readDataset } from './datasets/read-dataset.js'
export type * from './datasets/types.js'
export { checkResults } from './results/check-results.js'
export { type ExportedAnswer, exportedAnswers } from './results/export-answers.js'
export type { FolderOptions } from './results/files.js'
export { clusteredInterval, passAtK, summarizePasses } from './results/passes.js'
export {
  type Rescored,
  type RescoredRun,
  rescoreResult,
  rescoreResults,
} from './results/rescore.js'
export {
  inOrder,
  mergeResults,
  ResultFolder,
  readResults,
  type SavedRun,
} from './results/result-folder.js'
export { describeRun, firstDifference, type RunSource } from './results/run-key.js'
export {
  auc,
  mcnemar,
  mean,
  pairedBootstrap,
  rankCorrelation,
  wilson,
} from './results/statistics.js'
export { summarize, summaryContext } from './results/summary.js'
export type * from './results/types.js'
export type { AskOptions, ResolvedAsk, UsedSampling } from './run/ask-options.js'
export {
  evaluationModes,
  type InFlightMethodName,
  inFlightMethodNames,
  liveScoreNames,
  type MethodName,
  methodNames,
  observerNames,
  scorerNames,
  splitterNames,
  sweepRules,
} from './run/names.js'
export type { NotebookScores } from './run/notebook/types.js'
export { presetNames, presets } from './run/presets.js'
export type * from './run/result-types.js'
export { runExperiment } from './run/run.js'
export { openSolver, type PlannedUnit, plannedUnits, type Solver } from './run/solver.js'
export { type Prune, type SweptTrace, sweep } from './run/sweep.js'
export type * from './run/types.js'
export {
  type AnswerLikelihoodOptions,
  type AnswerLikelihoodRow,
  answerLikelihoods,
} from './study/answer-likelihood.js'
export {
  type Calibration,
  type CalibrationInput,
  type CalibrationOptions,
  calibrateHeads,
  type HeadAgreement,
  headAgreement,
  headsWithout,
  type Judgement,
} from './study/calibration.js'
export { calibrateByDeletion, type DeletionOptions } from './study/deletion.js'
export type { EveryScore } from './study/every-score.js'
export {
  calibrateByFuture,
  type FutureCalibration,
} from './study/future/calibrate-future.js'
export type { Foretold } from './study/future/choose.js'
export {
  type FutureProfile,
  findFutureProfile,
  futureProfile,
  saveFutureProfile,
} from './study/future/future-profile.js'
export { futureScore } from './study/future/future-score.js'
export type { Mix } from './study/future/mix.js'
export {
  findHeadProfile,
  type HeadProfile,
  headProfile,
  readHeadProfile,
  saveHeadProfile,
} from './study/head-profile.js'
export { type InFlightSummary, summarizeInFlight } from './study/in-flight-summary.js'
export {
  type InFlightBudget,
  type InFlightExperiment,
  type InFlightResult,
  type InFlightVariant,
  type OracleChoice,
  type OracleInfo,
  runInFlight,
} from './study/in-flight-variants.js'
export { labelledTrace, readLabelledTraces, studyTraces } from './study/labelled-traces.js'
export {
  type CutBefore,
  type NextStepOptions,
  type NextStepRow,
  nextSteps,
} from './study/next-step.js'
export {
  type OwnTextOptions,
  type OwnTextResult,
  type OwnTextSummary,
  type OwnTextVariant,
  ownText,
  type Paired,
  summarizeOwnText,
} from './study/own-text.js'
export { type OwnTrace, type OwnTracesOptions, ownTraces } from './study/own-traces.js'
export { replaySession } from './study/replay.js'
export {
  type ResumeAtCut,
  type ResumeCurveOptions,
  resumeCurve,
  resumeShares,
} from './study/resume-curve.js'
export {
  compressions,
  type SeparationOptions,
  type StudiedTrace,
  separations,
  studySteps,
} from './study/separation.js'
export {
  type SolvedProblem,
  type SolvedSummary,
  type SolveOptions,
  solveProblems,
  summarizeSolved,
} from './study/solve-problems.js'
export { type StepEffects, type StepEffectsInput, stepEffects } from './study/step-effects.js'
export type * from './study/types.js'
export {
  estimateStudy,
  probeStudy,
  type StudyEstimate,
  type StudySpeed,
} from './study/whole/estimate.js'
export {
  type InFlightName,
  inFlightNames,
  type StudyPart,
  studyPartNames,
} from './study/whole/part-names.js'
export type { StudyInput } from './study/whole/parts.js'
export { parseStudy, readStudy, studyJson } from './study/whole/read-study.js'
export {
  type FinishedPart,
  runStudy,
  type StudyOptions,
  type StudyPlan,
} from './study/whole/run-study.js'
export { StudyFolder } from './study/whole/study-folder.js'
export { describeStudy, type StudySource } from './study/whole/study-key.js'
export {
  type ResumedRow,
  type Right,
  type RowScore,
  rowScores,
  type StudyRow,
  studyRow,
} from './study/whole/study-row.js'
export type * from './study/whole/types.js'
export {
  type CompressedProblem,
  type CompressedRollout,
  type CompressOptions,
  compress,
} from './training/compress.js'
export {
  agreement,
  type Difficulty,
  difficultyOf,
  type Reward,
  type RewardInput,
  reward,
  targetReductions,
} from './training/traac.js'
export {
  type DpoRow,
  type GrpoRow,
  type SftRow,
  type TrainingFormat,
  type TrainingRow,
  trainingFormats,
  trainingRows,
} from './training/training-rows.js'
