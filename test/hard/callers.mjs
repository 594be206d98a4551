// @ts-check
/** Callers that ask one question after the other, each its own one, and know an answer to another one's. */
import { openDataset } from '../../dist/experiment/index.js'
import { CotPruneError } from '../../dist/index.js'

/** @typedef {(caller: number, problem: string, maxTokens: number) => Promise<string | null>} Ask null: refused, in a way that is allowed */
/** @typedef {{ answered: number, refused: number, faults: readonly string[] }} Found */

const { problems: all } = await openDataset('embedded')
/** What is asked: as many as callers, so that no two ask the same. */
export const problems = all.slice(0, 8).map(({ problem }) => problem)

/** @param {string} text */
const wordsOf = text => new Set(text.match(/[A-Za-z]{3,}|\d{2,}/g))
const questions = problems.map(wordsOf)

/**
 * An answer goes over its own question, sentence by sentence: it shares more words with it than with any other one. The texts
 * themselves are not the same each time, since what shares a batch is rounded with it.
 * @param {number} caller @param {string} text
 */
function belongs(caller, text) {
  const words = [...wordsOf(text)]
  const shared = questions.map(question => words.filter(word => question.has(word)).length)
  return text !== '' && shared[caller] === Math.max(...shared)
}

/** Of an answer; some ask for less. @param {number} round */
const tokensOf = round => [40, 8, 120][round % 3] ?? 40

export class Callers {
  /** @type {Ask} */
  #ask
  #answered = 0
  #refused = 0
  /** @type {string[]} */
  #faults = []
  #over = false

  /** @param {Ask} ask */
  constructor(ask) {
    this.#ask = ask
  }

  /** All at once, until the end. @param {Promise<unknown>} end @returns {Promise<Found>} */
  async until(end) {
    void end.then(() => {
      this.#over = true
    })
    await Promise.all(problems.map((problem, caller) => this.#call(caller, problem)))
    return { answered: this.#answered, refused: this.#refused, faults: this.#faults.slice(0, 10) }
  }

  /** @param {number} caller @param {string} problem */
  async #call(caller, problem) {
    for (let round = 0; !this.#over; round++) {
      const text = await this.#ask(caller, problem, tokensOf(round)).catch(error => {
        if (CotPruneError.is(error, 'ERR_BUSY')) return null
        this.#faults.push(`caller ${caller}, round ${round}: ${String(error)}`)
        return null
      })
      if (text === null) {
        this.#refused++
        await new Promise(resolve => setTimeout(resolve, 20))
      } else {
        this.#answered++
        if (!belongs(caller, text)) {
          this.#faults.push(
            `caller ${caller}, round ${round}: not its answer: ${text.slice(0, 200)}`,
          )
        }
      }
    }
  }
}
