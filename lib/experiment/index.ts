/** cot-prune/experiment: the threshold sweep over a data set, and its statistics. */

export { parseDataset, readDataset } from './dataset.js'
export { datasetNames, datasets, openDataset } from './datasets/index.js'
export { presetNames, presets } from './presets.js'
export { runExperiment } from './run.js'
export { type SeparationOptions, separate } from './separation.js'
export { auc, mcnemar, mean, pairedBootstrap, rankCorrelation, wilson } from './stats.js'
export { readLabelledTraces, studyTraces } from './study.js'
export type { SummaryContext } from './summary.js'
export { summarize } from './summary.js'
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
