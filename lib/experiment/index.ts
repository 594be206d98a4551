/** cot-prune/experiment: the threshold sweep over a data set, and its statistics. */

export { parseDataset, readDataset } from './dataset.js'
export { datasetNames, datasets, openDataset } from './datasets/index.js'
export { evaluationModes, type MethodName, methodNames, sweepRules } from './names.js'
export { presetNames, presets } from './presets.js'
export { inOrder, mergeResults, ResultFolder, readResults, type SavedRun } from './result-folder.js'
export { runExperiment } from './run.js'
export { describeRun, type RunSource } from './run-key.js'
export { type SeparationOptions, separate } from './separation.js'
export { auc, mcnemar, mean, pairedBootstrap, rankCorrelation, wilson } from './stats.js'
export { readLabelledTraces, studyTraces } from './study.js'
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
export type * from './types.js'
