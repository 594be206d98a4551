/** A fault at any step of a batch: every job hears of it, and none waits for ever. */

import t from 'tap'
import { Branches } from '../../../dist/engine/branches.js'
import { native } from '../../../dist/engine/native.js'
import type { SampledJob } from '../../../dist/generate/batch/job.js'
import { BatchLoop } from '../../../dist/generate/batch/loop.js'
import { CotPruneError } from '../../../dist/index.js'
import { openModelHandle, openSessionHandle } from '../../support/addon.mjs'
import { defaultSampling } from '../../support/sampling.js'
import { tinyModel } from '../../support/tiny-models.mjs'

/** Two chunks of two tokens, then it has ended. */
class Job implements SampledJob {
  readonly kind = 'sampled'
  readonly cuts = false
  readonly most = 2
  readonly room = 8
  cancelled = false
  ended = false
  failure: unknown = null
  readonly urgent: boolean
  readonly tokens: Int32Array
  readonly #branches: Branches
  #branch = 0
  #chunks = 0

  constructor(branches: Branches, tokens: Int32Array, urgent: boolean) {
    this.#branches = branches
    this.tokens = tokens
    this.urgent = urgent
  }

  enter(branch: number): void {
    this.#branch = branch
  }
  async begin(): Promise<void> {
    this.#branches.sampler(this.#branch, defaultSampling, [])
  }
  async take(): Promise<void> {
    this.#chunks++
    this.ended = this.#chunks === 2
  }
  leave(): boolean {
    return this.ended
  }
  fail(error: unknown): void {
    this.ended = true
    this.failure = error
  }
}

t.test('whatever call fails, all jobs end and the loop with them', async t => {
  const addon = native()
  const model = await openModelHandle(addon, tinyModel())
  const info = {
    vocabularySize: addon.modelInfo(model).vocabularySize,
    recurrent: false,
    hybrid: false,
  }
  const prompts = [[65, 66, 67], [65, 66, 68], [70], [65, 66, 67, 68], [71, 72]]

  /** The jobs, and how many calls of the branches there were; the one at `fault` fails. */
  async function run(fault: number) {
    const handle = await openSessionHandle(addon, model, {
      ...{ contextLength: 256, batchSize: 64, branches: 3 },
    })
    const real = new Branches(addon, handle, info)
    let calls = Number.NEGATIVE_INFINITY
    const branches = new Proxy(real, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return (...args: readonly unknown[]) => {
          if (calls++ === fault) throw new CotPruneError('ERR_CLOSED', 'the session is closed')
          return value.apply(target, args)
        }
      },
    })
    const loop = new BatchLoop({ branches }, { branches: [0, 1, 2], pace: 'batch' })
    calls = 0
    const jobs = prompts.map((tokens, i) => new Job(branches, Int32Array.from(tokens), i % 2 === 0))
    loop.add(...jobs)
    await loop.idle()
    await addon.sessionClose(handle)
    return { jobs, calls }
  }

  const { jobs, calls } = await run(-1)
  t.ok(jobs.every(({ ended, failure }) => ended && failure === null))
  t.ok(calls > 20, `${calls} calls`)
  for (let fault = 0; fault < calls; fault++) {
    const faulty = await run(fault)
    t.ok(
      faulty.jobs.every(({ ended }) => ended),
      `call ${fault}`,
    )
    t.ok(
      faulty.jobs.some(({ failure }) => CotPruneError.is(failure, 'ERR_CLOSED')),
      `call ${fault} is told`,
    )
  }
  await addon.modelClose(model)
})
