// @ts-check
/**
 * node bench/own-text.mjs MODEL [problems] [tokens]: for a model that solves no problem of ours. Its own text is cut
 * behind half and three quarters of its lines, 30 % of the tokens before go by each score, the newest line stays; how
 * likely is what it wrote next? Log-probability a token, and against the last token's row the mean and half its interval.
 */
import { openDataset } from '../dist/experiment/index.js'
import { spread } from '../dist/experiment/results/statistics.js'
import { cutTrace, loadModel, prune, scoreWith, segment } from '../dist/index.js'
import { planProbe } from '../dist/prune/in-flight/scores/plan.js'

const [file = '', problems = '10', tokens = '200'] = process.argv.slice(2)
const observers = /** @type {const} */ (['last-token', 'think-clearly', 'window', planProbe])
/** @type {Map<string, number[]>} */
const found = new Map()
const model = await loadModel(file)
const session = await model.createSession({ contextLength: 2048, threads: 1 })
const dataset = await openDataset('embedded')
for (const { problem } of dataset.problems.slice(0, Number(problems))) {
  await session.clear()
  const asked = [{ role: /** @type {const} */ ('user'), content: problem }]
  const whole = await session
    .generate(asked, { maxTokens: Number(tokens), temperature: 0 })
    .finish()
  const trace = segment(whole, { splitter: 'line' })
  for (const share of [0.5, 0.75]) {
    const cut = trace.steps.length < 6 ? null : cutTrace(trace, { share })
    const text = trace.text.slice(cut?.text.length).slice(0, 160)
    if (cut === null || cut.steps.length < 4 || text.trim().length < 20) continue
    const size = cut.steps.reduce((sum, { tokenStart, tokenEnd }) => sum + tokenEnd - tokenStart, 0)
    /** @param {string} name @param {import('../dist/index.js').ScoredTrace} scored @param {number} budget */
    const judge = async (name, scored, budget = Math.ceil(size * 0.7)) => {
      const pruned = prune(scored, { tokenBudget: budget, protect: { last: 1 } })
      const likelihood = await session.likelihood(pruned, { text, place: 'thinking' })
      const values = found.get(name) ?? []
      found.set(name, [...values, likelihood.logprob / likelihood.tokens.length])
    }
    await judge('everything', scoreWith(cut, 'recency'), size)
    await judge('random', scoreWith(cut, 'random', { seed: found.get('random')?.length ?? 0 }))
    await judge('recency', scoreWith(cut, 'recency'))
    for (const observer of observers) {
      const name = typeof observer === 'string' ? observer : observer.name
      await judge(name, await session.scoreSteps(cut, { observer, perToken: true }))
    }
  }
}
await model.close()

/** @param {readonly number[]} values */
const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length
const last = found.get('last-token') ?? []
for (const [name, values] of found) {
  const over = values.map((value, i) => value - (last[i] ?? Number.NaN))
  const numbers = [mean(values), mean(over), spread(over)].map(value => value.toFixed(3))
  console.log(name.padEnd(14), values.length, 'cuts', numbers[0], `${numbers[1]} ± ${numbers[2]}`)
}
