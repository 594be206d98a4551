/** What users of the package see: the names that it exports, and that the pages' code compiles against its types. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as ai from '../dist/ai/index.js'
import { packageFolder } from '../dist/base/package.js'
import * as experiment from '../dist/experiment/index.js'
import * as core from '../dist/index.js'
import * as report from '../dist/report/index.js'
import * as serve from '../dist/serve/index.js'
import { typescriptFaults } from './support/typescript-faults.js'

/** What is taken away breaks somebody's code: names are added to these lists, and leave them with a major version. */
const names = {
  core: [
    ...[
      'BatchedGeneration',
      'CotPruneError',
      'Generation',
      'GenerationBatch',
      'HeadChooser',
      'Model',
      'Session',
      'answerPlace',
    ],
    ...['answerChecker', 'answerGroups', 'answerIn', 'decideAnswer', 'markedAnswer'],
    ...['addonInfo', 'answerSteps', 'askRpcServers', 'buildInfo', 'canonicalAnswer', 'cores'],
    ...['cutTrace', 'devices', 'serveRpc'],
    ...[
      'embeddedModel',
      'errorCodes',
      'extractAnswer',
      'graphAggregates',
      'graphReductions',
      'loadModel',
    ],
    ...['knownModels', 'listHubFiles', 'listModels', 'memoryOf', 'modelMemory', 'resolveHubFile'],
    ...[
      'resolveModel',
      'ownAnswer',
      'ownAnswerPlace',
      'percentile',
      'prune',
      'readTrace',
      'resolveCut',
    ],
    ...[
      'resolveGenerateOptions',
      'sameAnswer',
      'scoreStepGraph',
      'scoreWith',
      'segment',
      'strongestLooks',
      'thinkingFormats',
      'waitPolicy',
    ],
  ],
  experiment: [
    ...['ResultFolder', 'agreement', 'answerLikelihoods', 'auc', 'calibrateByDeletion'],
    ...['calibrateByFuture', 'findFutureProfile', 'futureProfile', 'futureScore', 'ownText'],
    ...['saveFutureProfile', 'summarizeOwnText'],
    ...['compressFile', 'compressTraces', 'isCompressed', 'mergeCompressed', 'onErrorNames'],
    ...['calibrateHeads', 'compress', 'compressions', 'datasetNames', 'datasets', 'describeRun'],
    ...[
      'difficultyOf',
      'evaluationModes',
      'findHeadProfile',
      'headAgreement',
      'headProfile',
      'hubFetch',
    ],
    ...['headsWithout', 'inOrder', 'labelledTrace', 'mcnemar', 'mean', 'mergeResults'],
    ...['inFlightMethodNames', 'liveScoreNames'],
    ...['methodNames', 'nextSteps', 'observerNames', 'openDataset', 'ownTraces'],
    ...['pairedBootstrap', 'parseDataset', 'presetNames', 'presets', 'rankCorrelation'],
    ...['readDataset', 'readHeadProfile', 'readLabelledTraces', 'readResults', 'reward'],
    ...['firstDifference', 'openLineCompressor', 'openSolver', 'plannedUnits'],
    ...['runExperiment', 'runInFlight', 'saveHeadProfile', 'scorerNames', 'separations'],
    ...[
      'splitterNames',
      'stepEffects',
      'studySteps',
      'studyTraces',
      'summarize',
      'summarizeInFlight',
    ],
    ...[
      'summaryContext',
      'sweep',
      'sweepRules',
      'targetReductions',
      'trainingFormats',
      'trainingRows',
    ],
    ...['checkResults', 'wilson'],
    ...['clusteredInterval', 'exportedAnswers', 'passAtK', 'rescoreResult', 'rescoreResults'],
    'summarizePasses',
    ...['StudyFolder', 'describeStudy', 'estimateStudy', 'inFlightNames', 'parseStudy'],
    ...[
      'probeStudy',
      'readStudy',
      'replaySession',
      'resumeCurve',
      'resumeShares',
      'rowScores',
      'runStudy',
    ],
    ...['solveProblems', 'studyJson', 'studyPartNames', 'studyRow', 'summarizeSolved'],
  ],
  report: [
    ...[
      'futureText',
      'renderOwnText',
      'sparkline',
      'chartSpecs',
      'html',
      'ownAnswer',
      'renderAnswerLikelihoods',
      'renderCalibration',
    ],
    ...['renderCompressed', 'renderCompressions'],
    ...['renderInFlight', 'renderNextSteps', 'renderProblems', 'renderSeparations'],
    ...['agreementText', 'calibrationText', 'durationText', 'renderEstimate'],
    ...['renderResumeCurve', 'renderResumed', 'renderStudies', 'renderStudy', 'renderStudyPart'],
    ...['renderSteps', 'renderTable', 'report', 'stepGraphSvg', 'svg', 'writeReport'],
  ],
}

t.test('the exported names', async t => {
  t.strictSame(Object.keys(core).sort(), [...names.core].sort())
  t.strictSame(Object.keys(experiment).sort(), [...names.experiment].sort())
  t.strictSame(Object.keys(report).sort(), [...names.report].sort())
  t.strictSame(Object.keys(serve).sort(), ['histories', 'serve'])
  t.strictSame(Object.keys(ai).sort(), ['cotPrune', 'pruneReasoningSteps'])
})

/** What a page takes for granted. */
const given = `import type { Session, Trace } from 'cot-prune'
declare const session: Session
declare const trace: Trace
`

/** The TypeScript of a page, block by block. */
const blocksOf = (page: string): string[] =>
  Array.from(
    readFileSync(join(packageFolder, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g),
    ([, code = '']) => code,
  )

t.test('the code of the pages compiles against the published types', async t => {
  const folder = t.testdir()
  const files = ['README.md', 'docs/api.md', 'docs/model-names.md'].flatMap(page =>
    blocksOf(page).map((code, i) => {
      const path = join(folder, `${page.replaceAll(/\W/g, '-')}-${i}.mts`)
      // declared where it is not a result of the block itself
      writeFileSync(path, /\bconst session\b/.test(code) ? code : given + code)
      return path
    }),
  )
  t.ok(files.length >= 2)
  t.strictSame(typescriptFaults(files), [])
})
