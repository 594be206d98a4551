/** cot-prune/experiment: the threshold sweep over a data set, and its statistics. */

export {
  type AnswerLikelihoodOptions,
  type AnswerLikelihoodRow,
  answerLikelihoods,
} from './answer-likelihood.js'
export {
  type Calibration,
  type CalibrationInput,
  type CalibrationOptions,
  calibrateHeads,
  type HeadAgreement,
  headAgreement,
  headsWithout,
  type Judgement,
} from './calibration.js'
export {
  type CompressedProblem,
  type CompressedRollout,
  type CompressOptions,
  compress,
} from './compressed.js'
export { parseDataset, readDataset } from './dataset.js'
export { datasetNames, datasets, openDataset } from './datasets/index.js'
export { calibrateByDeletion, type DeletionOptions } from './deletion.js'
export type { EveryScore } from './every-score.js'
export type { ChainScore } from './head-choice.js'
export {
  type ChosenHeads,
  findHeadProfile,
  type HeadProfile,
  headProfile,
  readHeadProfile,
  saveHeadProfile,
} from './heads.js'
export {
  type InFlightExperiment,
  type InFlightResult,
  type InFlightSummary,
  type InFlightVariant,
  runInFlight,
  summarizeInFlight,
} from './in-flight.js'
export { labelledTrace, readLabelledTraces, studyTraces } from './labelled.js'
export {
  evaluationModes,
  type MethodName,
  methodNames,
  observerNames,
  scorerNames,
  sweepRules,
} from './names.js'
export {
  type CutBefore,
  type NextStepOptions,
  type NextStepRow,
  nextSteps,
} from './next-step.js'
export { type OwnTrace, type OwnTracesOptions, ownTraces } from './own-traces.js'
export { presetNames, presets } from './presets.js'
export { inOrder, mergeResults, ResultFolder, readResults, type SavedRun } from './result-folder.js'
export { runExperiment } from './run.js'
export { describeRun, type RunSource } from './run-key.js'
export {
  compressions,
  type SeparationOptions,
  type StudiedTrace,
  separations,
  studySteps,
} from './separation.js'
export { auc, mcnemar, mean, pairedBootstrap, rankCorrelation, wilson } from './stats.js'
export { type StepEffects, type StepEffectsInput, stepEffects } from './step-effects.js'
export { summarize, summaryContext } from './summary.js'
export {
  agreement,
  type Difficulty,
  difficultyOf,
  type Reward,
  type RewardInput,
  reward,
  targetReductions,
} from './traac.js'
export {
  type DpoRow,
  type GrpoRow,
  type SftRow,
  type TrainingFormat,
  type TrainingRow,
  trainingFormats,
  trainingRows,
} from './training-data.js'
export type * from './types.js'
