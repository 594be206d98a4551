/** Studies that nobody made, as the tables and folders read them. */

import type {
  ExperimentSummary,
  Separation,
  StudyFile,
  ThresholdSummary,
} from '../../dist/experiment/index.js'
import { context } from './fake-experiment.js'

const estimate = (mean: number) => ({ mean, halfWidth: Number.NaN, traces: 1 })
export const separation = (score: string, auc: number): Separation => ({
  score,
  auc: estimate(auc),
  rest: null,
  answer: null,
})

const row = (method: string, threshold: number, correct: number): ThresholdSummary => ({
  method,
  threshold,
  correct,
  total: 8,
  undecided: 0,
  accuracy: correct / 8,
  interval: [0, 1],
  change: null,
  overRandom: null,
  overNothing: method === 'nothing kept' ? null : nothing,
  tokensToFinish: 100 * threshold,
  tokensToFinishRight: null,
  derivedAgain: null,
  stepsKept: 1,
  tokensKept: 1,
  averageLength: 1,
  reduction: 0,
  decodedTokens: 0,
  extractions: {},
})
const nothing = { accuracy: 0, interval: [0, 0], gained: 0, lost: 0, pValue: 1 } as const

/** Of what was resumed: right at 0.3 and 0.5, of 8. */
export function resumed(stepGraph: readonly [number, number]): ExperimentSummary {
  const { preset, dataset, seed, samples, planned, askAgain } = context({
    name: 'fake',
    path: null,
    problems: [],
  })
  return {
    version: 1,
    preset: preset.name,
    faults: [],
    ...{ dataset, seed, samples, planned, askAgain },
    maxTokens: 100,
    cut: 'before-answer',
    hideAnswer: false,
    leaking: [],
    ends: null,
    sampling: null,
    finished: 8,
    noVerifiedAnswer: [],
    noSteps: [],
    fewSteps: [],
    splitters: {},
    cutOff: [],
    looping: [],
    forcedClose: [],
    thresholds: [
      row('step-graph', 0, 7),
      row('step-graph', 0.3, stepGraph[0]),
      row('step-graph', 0.5, stepGraph[1]),
      row('recency', 0, 7),
      row('recency', 0.3, 5),
      row('recency', 0.5, 1),
      row('random', 0, 7),
      row('random', 0.3, 4),
      row('random', 0.5, 3),
      row('nothing kept', 1, 2),
    ],
    passes: [],
    correlations: [],
    generatedTokens: 0,
    scoringTokens: {},
    millis: 0,
  }
}

const sampling = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repeatPenalty: 1,
  presencePenalty: 0,
  repeatWindow: 64,
  from: 'greedy',
} as const

/** A study of a model by name, with no part yet. */
export function fakeStudy(name: string, changes: Partial<StudyFile> = {}): StudyFile {
  const thinking = { open: '<think>', close: '</think>' }
  return {
    version: 1,
    key: {
      model: `sha of ${name}`,
      cotPrune: { version: '1.0.0', llamaCommit: 'abcdef123456', patch: '0123456789' },
      dataset: { name: 'fake', problems: 8, sha256: 'd1' },
      labelled: { traces: 4, sha256: 'l1' },
      contextLength: null,
      thinking,
      chatTemplate: null,
      ask: {
        system: null,
        templateArguments: {},
        thinkingBudget: null,
        thinkingBudgetMessage: '',
        sampling,
      },
      seed: 0,
      maxTokens: 100,
      heads: 4,
      shares: [0.5],
      inFlight: ['none', 'random'],
    },
    model: {
      name,
      file: `${name}.gguf`,
      sha256: `sha of ${name}`,
      architecture: 'qwen2',
      fileType: 'Q4_0',
      parameters: 1e6,
      layers: 2,
      heads: 4,
      thinking,
    },
    build: {
      version: '1.0.0',
      llamaCommit: 'abcdef123456',
      llamaVersion: '0.5.0',
      patchSha256: '0123456789',
      backends: ['CPU'],
      cpu: 'native',
      addon: 'local build',
      systemInfo: '',
    },
    machine: {
      platform: 'linux-x64',
      node: 'v20',
      processor: 'some',
      cores: 2,
      threads: 2,
      gpuLayers: 0,
      devices: [],
    },
    date: '2026-01-01T00:00:00.000Z',
    asked: ['labels', 'traces', 'resume'],
    parts: {},
    ...changes,
  }
}

const done = <T>(data: T) => ({ skipped: null, data, seconds: 1 })

/** Every part that a row is made of. */
export const fullParts: StudyFile['parts'] = {
  labels: done([
    separation('random', 0.5),
    separation('recency', 0.51),
    separation('length', 0.52),
    separation('last-token, sum', 0.53),
    separation('last-token, mean', 0.43),
    separation('think-clearly, mean', 0.6),
    separation('think-clearly, sum', 0.58),
    separation('traac, mean', 0.57),
    separation('step graph, chosen heads', 0.91),
  ]),
  compression: done([
    {
      score: 'step graph, chosen heads',
      threshold: 0.3,
      neededKept: 0.97,
      othersRemoved: 0.72,
      tokensKept: 0.6,
      traces: 4,
    },
  ]),
  traces: done({
    problems: 8,
    correct: 6,
    total: 8,
    ends: { closed: 7, cut: 1, 'never-opened': 0 },
    looping: 1,
    tokens: 90,
    millis: 5,
  }),
  resume: done([
    { cut: 'before-answer', summary: resumed([6, 5]) },
    { cut: { share: 0.5 }, summary: { ...resumed([5, 4]), leaking: ['p1'] } },
  ]),
}
