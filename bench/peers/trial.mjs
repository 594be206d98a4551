// @ts-check
/**
 * The same job for the library and for what people would use instead: each measurement is a process of its own, the
 * peers take turns, ratios are of the same round.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { child, progress } from '../measure.mjs'
import { shapePath } from '../shapes.mjs'
import { compare, table } from './compare.mjs'
import { peers } from './peers.mjs'
import { inputOf } from './text.mjs'

/** @typedef {import('./compare.d.mts').Job} Job */
/** @typedef {import('./compare.d.mts').Measurement} Measurement */
/** @typedef {import('./compare.d.mts').Outcome} Outcome */
/**
 * @typedef {object} Options
 * @property {import('./compare.d.mts').JobName} job
 * @property {import('../shapes.mjs').ShapeName} shape
 * @property {string} [model] a GGUF file in place of the shape
 * @property {number} prompt tokens of the prompt, or of the trace
 * @property {number} [tokens] that are generated
 * @property {number} [chains]
 * @property {number} rounds
 * @property {number} threads
 */
/** @typedef {{ peer: import('./peers.mjs').Peer, command: import('./peers.mjs').Command }} Present */

/**
 * @param {Present} present
 * @param {Job} job
 * @param {string} input
 * @returns {Measurement | { failed: string }}
 */
function measure({ command }, job, input) {
  const { file, args } = command(job)
  const run = spawnSync(file, args, { encoding: 'utf8', input, maxBuffer: 1 << 28 })
  const said = run.stdout?.trim().split('\n').at(-1) ?? ''
  if (run.status === 0) return JSON.parse(said)
  const why = run.stderr?.trim().split('\n').at(-1) ?? ''
  return { failed: run.error?.message ?? `${why || 'no word'} (${run.signal ?? run.status})` }
}

/**
 * One peer at a time, round by round: who fails once is not asked again.
 * @param {readonly Present[]} present the library first
 * @param {Job} job
 * @param {string} input
 * @param {number} rounds
 */
function takeTurns(present, job, input, rounds) {
  const runs = present.map(one => ({
    ...one,
    rounds: /** @type {Measurement[]} */ ([]),
    failed: '',
  }))
  let asked = job
  for (let round = 0; round < rounds; round++) {
    for (const run of runs.filter(({ failed }) => failed === '')) {
      const measured = measure(run, asked, input)
      if ('failed' in measured) {
        if (run.peer === peers[0]) throw new Error(`${run.peer.name} failed: ${measured.failed}`)
        run.failed = measured.failed
        continue
      }
      const { flashAttention = asked.flashAttention } = measured
      asked = { ...asked, flashAttention }
      run.rounds.push(measured)
      const value = measured.tokensPerSecond ?? measured.millis ?? Number.NaN
      progress(`round ${round + 1}, ${run.peer.name}: ${value.toPrecision(4)}`)
    }
  }
  return { runs, job: asked }
}

/** @param {Options} options */
function pathOf({ model, shape }) {
  if (model === undefined) return shapePath(shape)
  if (!existsSync(model)) throw new Error(`--model: no such file: ${model}`)
  return model
}

/** @param {Options} options */
async function trial(options) {
  const { job: name, prompt, tokens = 1, chains = 1, rounds, threads } = options
  const path = pathOf(options)
  const input = (await inputOf(path, prompt)).join(' ')
  const context = prompt + tokens * chains + 64
  const asked = { name, model: path, tokens, chains, threads, context, flashAttention: true }
  const able = peers.filter(({ jobs }) => jobs.includes(name))
  const found = able.map(peer => ({ peer, command: peer.find() }))
  const present = found.flatMap(({ peer, command }) =>
    command === null ? [] : [{ peer, command }],
  )
  const { runs, job } = takeTurns(present, asked, input, rounds)

  /** @type {Outcome[]} */
  const outcomes = found.map(({ peer }) => {
    const run = runs.find(one => one.peer === peer)
    if (run === undefined) return { name: peer.name, absent: peer.setup }
    if (run.failed !== '') return { name: peer.name, failed: run.failed }
    return { name: peer.name, rounds: run.rounds }
  })
  const ours = runs[0]?.rounds ?? []
  const unit = ours[0]?.tokensPerSecond === undefined ? 'ms' : 'tokens/s'
  const rows = outcomes.flatMap(outcome => {
    if (!('rounds' in outcome)) return []
    const { name, value, speed, processorSpeed, memory } = compare(
      ours,
      outcome.name,
      outcome.rounds,
    )
    const ratios = { 'speed of cot-prune': speed, 'by processor time': processorSpeed }
    return [{ name, value, unit, ratios: { ...ratios, 'peak of cot-prune': memory } }]
  })
  // rows and texts are long, and say nothing that the table does not
  const detail = { job, outcomes: outcomes.map(withoutLists) }
  const words = `flash attention ${job.flashAttention ? 'on' : 'off'}, ${threads} threads, ${rounds} rounds`
  return { rows, detail, text: `${words}\n${table(outcomes, unit)}` }
}

/** @param {Outcome} outcome */
function withoutLists(outcome) {
  if (!('rounds' in outcome)) return outcome
  const rounds = outcome.rounds.map(({ tokens: _, row: __, ...numbers }) => numbers)
  return { ...outcome, rounds }
}

await child(trial)
