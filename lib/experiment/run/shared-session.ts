/** A session as several problems use it at once: what each asks for goes into one batch. */

import { invalidValue } from '../../base/errors.js'
import type { ExperimentSession } from './types.js'

type Batch = ReturnType<NonNullable<ExperimentSession['batch']>>

export class SharedSession implements ExperimentSession {
  readonly model: ExperimentSession['model']
  readonly #session: ExperimentSession
  readonly #slotTokens: number | undefined
  #batch: Batch | null = null

  /** @param slotTokens most tokens of a chain and its prompt; all of the context where it is left out */
  constructor(session: ExperimentSession, slotTokens: number | undefined) {
    this.model = session.model
    this.#session = session
    this.#slotTokens = slotTokens
  }

  /** Until `close`, the session is busy with it. @throws TypeError for a session that has no batch */
  async open(): Promise<void> {
    const { batch, info } = this.#session
    if (batch === undefined) {
      throw invalidValue('options.parallel', '1 with a session without batch()', this.#session)
    }
    await this.#session.clear()
    const slotTokens = this.#slotTokens ?? info?.contextLength
    this.#batch = batch.call(this.#session, { slotTokens, pace: 'batch' })
  }

  async close(): Promise<void> {
    await this.#batch?.close()
    this.#batch = null
  }

  get #open(): Batch {
    if (this.#batch !== null) return this.#batch
    throw invalidValue('options.session', 'a session whose batch is open', null)
  }

  generate: ExperimentSession['generate'] = (...asked) => this.#open.generate(...asked)
  scoreSteps: ExperimentSession['scoreSteps'] = (...asked) => this.#open.scoreSteps(...asked)
  stepGraph: ExperimentSession['stepGraph'] = (...asked) => this.#open.stepGraph(...asked)

  evaluateAll: ExperimentSession['evaluateAll'] = (traces, { independent: _, ...asked } = {}) =>
    this.#open.evaluateAll(traces, asked)

  attention: ExperimentSession['attention'] = (...asked) => this.#session.attention(...asked)

  /** What others have in the cache stays: by which branch a prompt is shared changes nothing but rounding. */
  async clear(): Promise<void> {}
}
