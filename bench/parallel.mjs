// @ts-check
/**
 * The experiment of `run`, problems × 6 thresholds, with each answer from an empty cache as `--parallel 1` does it, with the
 * answers of a problem in one batch, and with several problems in flight. The variants take turns in one process; all
 * their records are compared with those of the first.
 *
 * The embedded model, or the file that COT_PRUNE_BENCH_MODEL names; COT_PRUNE_BENCH_PROBLEMS is how many problems.
 */
import { env } from 'node:process'
import { findHeadProfile, openDataset, runExperiment } from '../dist/experiment/index.js'
import { embeddedModel, loadModel } from '../dist/index.js'
import { child, median, medianRatio, progress, timed } from './measure.mjs'

/** @typedef {import('../dist/experiment/index.js').ProblemResult} ProblemResult */
/** @typedef {import('../dist/experiment/index.js').ExperimentOptions} ExperimentOptions */

/**
 * @typedef {object} Options
 * @property {number} problems
 * @property {readonly number[]} parallel
 * @property {number} rounds
 * @property {number} threads
 */

/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {number} parallel
 * @property {boolean} batch
 * @property {number[]} millis
 * @property {number[]} cpuMillis of all threads
 * @property {ProblemResult[]} results
 * @property {number} decodes
 * @property {number} decodedTokens
 */

/** What one chain may hold. */
const context = 8192

/** @param {import('../dist/index.js').Model} model @param {number} parallel @param {number} threads */
const sessionOf = (model, parallel, threads) =>
  model.createSession({
    threads,
    contextLength: parallel * context,
    branches: Math.max(8, 2 * parallel),
    ...(parallel > 1 && { flashAttention: true }),
  })

/**
 * @param {Variant} variant
 * @param {import('../dist/index.js').Model} model
 * @param {Omit<ExperimentOptions, 'session'>} options
 * @param {number} threads
 */
async function turn(variant, model, options, threads) {
  const { parallel, batch } = variant
  const session = await sessionOf(model, parallel, threads)
  const before = process.cpuUsage()
  const { result, millis } = await timed(async () => {
    /** @type {ProblemResult[]} */
    const results = []
    const all = { ...options, session, parallel, batch, slotTokens: context }
    for await (const one of runExperiment(all)) results.push(one)
    return results
  })
  const { user, system } = process.cpuUsage(before)
  const { decodes, decodedTokens } = session.info
  await session.close()
  variant.millis.push(millis)
  variant.cpuMillis.push((user + system) / 1000)
  Object.assign(variant, { results: result, decodes, decodedTokens })
  progress(`${variant.name}: ${(millis / 1000).toFixed(1)} s`)
}

/** @param {readonly ProblemResult[]} results @param {readonly ProblemResult[]} others */
function compare(results, others) {
  const counts = {
    traces: 0,
    sameTraces: 0,
    rows: 0,
    sameKept: 0,
    samePredicted: 0,
    sameCorrect: 0,
  }
  for (const [i, one] of results.entries()) {
    const other = others[i]
    counts.traces++
    if (other?.trace.text === one.trace.text) counts.sameTraces++
    for (const [j, row] of one.thresholds.entries()) {
      const beside = other?.thresholds[j]
      counts.rows++
      if (beside?.kept.join() === row.kept.join()) counts.sameKept++
      if (beside?.predicted === row.predicted) counts.samePredicted++
      if (beside?.correct === row.correct) counts.sameCorrect++
    }
  }
  return counts
}

/** @param {Options} options */
async function trial({ problems, parallel, rounds, threads }) {
  const path = env.COT_PRUNE_BENCH_MODEL ?? (await embeddedModel()).model
  const model = await loadModel(path)
  const heads = (await findHeadProfile(path)) ?? undefined
  const options = {
    dataset: await openDataset('embedded'),
    limit: Number(env.COT_PRUNE_BENCH_PROBLEMS ?? problems),
    methods: [
      heads === undefined
        ? /** @type {const} */ ('attention')
        : /** @type {const} */ ('step-graph'),
    ],
    heads,
    ...(env.COT_PRUNE_BENCH_MODEL !== undefined && { maxTokens: 256 }),
  }
  /** @type {(name: string, parallel: number, batch: boolean) => Variant} */
  const variant = (name, parallel, batch) => ({
    ...{
      name,
      parallel,
      batch,
      millis: [],
      cpuMillis: [],
      results: [],
      decodes: 0,
      decodedTokens: 0,
    },
  })
  const first = variant('one by one', 1, false)
  const variants = [
    first,
    variant('one problem, its answers in a batch', 1, true),
    ...parallel.map(count => variant(`${count} problems in flight`, count, true)),
  ]
  for (let round = 0; round < rounds; round++) {
    for (const one of variants) await turn(one, model, options, threads)
  }
  await model.close()
  return {
    rows: variants.map(({ name, millis, cpuMillis }) => ({
      name,
      value: median(millis) / 1000,
      unit: 's',
      ratios: {
        'as fast as one by one': medianRatio(first.millis, millis),
        'of its processor time': medianRatio(cpuMillis, first.cpuMillis),
      },
    })),
    detail: variants.map(({ results, ...rest }) => ({
      ...rest,
      same: compare(first.results, results),
    })),
  }
}

await child(trial)
