/** What is kept before a cut, and how likely the true next step is behind it. */

import t from 'tap'
import { findHeadProfile, nextSteps, studyTraces } from '../../../dist/experiment/index.js'
import { loadModel, prune, scoreWith, segment } from '../../../dist/index.js'
import { reasonerPath } from '../../support/reasoner.js'

t.setTimeout(300_000)

t.test(
  'everything and the labels keep what is needed; the numbers are those of likelihood',
  async t => {
    const model = await loadModel(reasonerPath)
    t.teardown(() => model.close())
    const session = await model.createSession({ contextLength: 2048, threads: 1 })
    const profile = await findHeadProfile(reasonerPath)
    const heads = profile === null ? undefined : () => profile
    const traces = (await studyTraces()).filter(({ kind }) => kind === 'pair').slice(0, 2)
    const done: number[] = []
    const rows = await nextSteps({
      model,
      session,
      traces,
      heads,
      onTrace: count => done.push(count),
    })
    t.strictSame(done, [1, 2])
    const cuts = traces.map(({ needed, steps }) => ({
      step: needed.filter(index => index >= 4 && index < steps.length - 1),
      conclusion: [steps.length - 1],
    }))
    for (const row of rows) {
      const expected = cuts.reduce((sum, cut) => sum + cut[row.before].length, 0)
      t.equal(row.cuts, expected, `${row.score}, before a ${row.before}`)
      t.ok(row.logprob <= 0 && row.neededKept >= 0 && row.neededKept <= 1)
      if (row.score === 'everything' || row.score === 'labels') t.equal(row.neededKept, 1)
      t.equal(row.overRandom === null, row.score === 'random')
    }
    t.ok(rows.some(({ score }) => score === 'step graph, chosen heads'))

    // by hand: all steps but the last, then the last one
    let sum = 0
    for (const { problem, steps } of traces) {
      const history = segment(
        await model.traceOf({
          messages: [{ role: 'user', content: problem }],
          thinking: steps.slice(0, -1).join('\n\n'),
        }),
        { minCharacters: 0 },
      )
      const whole = prune(scoreWith(history, 'length'), { keep: history.steps.length })
      const text = steps.at(-1) ?? ''
      const { tokens, logprobs } = await session.likelihood(whole, {
        text,
        given: '\n\n',
        place: 'thinking',
      })
      for (const [i, token] of tokens.entries()) {
        if (/^ ?\d$/.test(await model.detokenize([token]))) sum += logprobs[i] ?? Number.NaN
      }
    }
    const found = rows.find(row => row.score === 'everything' && row.before === 'conclusion')
    t.ok(Math.abs((found?.logprob ?? Number.NaN) - sum / traces.length) < 1e-6)
  },
)
