/** How likely a model's words stay with a pruned cache: the same tokens for all, and differences that are paired. */

import t from 'tap'
import {
  type OwnTextResult,
  openDataset,
  ownText,
  summarizeOwnText,
} from '../../../dist/experiment/index.js'
import { loadModel } from '../../../dist/index.js'
import { renderOwnText } from '../../../dist/report/index.js'
import { reasonerPath } from '../../support/reasoner.js'

t.setTimeout(300_000)

const result = (variant: string, id: string, logprob: number): OwnTextResult => ({
  ...{ id, variant, logprob, budget: { ratio: 0.2 }, unpruned: -0.25, tokens: 100 },
  ...{ evicted: 0.25, peakCachedTokens: 200 },
})

t.test('rows are means over texts, against none and over random', async t => {
  const results = [
    ...[-0.5, -1].map((value, i) => result('last-token', `${i}`, value)),
    ...[-1, -1].map((value, i) => result('random', `${i}`, value)),
  ]
  const [row, random] = summarizeOwnText(results)
  t.match(row, { variant: 'last-token', problems: 2, logprob: -0.75, evicted: 0.25 })
  t.equal(row?.change.value, -0.5)
  t.equal(row?.overRandom?.value, 0.25)
  // half of 1.96 times the standard error of 0.5 and 0
  t.ok(Math.abs((row?.overRandom?.halfWidth ?? 0) - 1.96 * 0.25) < 1e-3)
  t.equal(random?.overRandom, null)
  t.equal(random?.change.halfWidth, 0)
  const text = await renderOwnText(summarizeOwnText(results))
  t.match(text, /last-token │ +20% │ +-0\.750/)
  t.match(text, /2 texts/)
})

t.test('a real model: what is looked at less is missed less than the newest steps', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const dataset = await openDataset('embedded')
  const shared = { every: 60, window: 32 }
  const results = await ownText({
    session,
    dataset,
    limit: 6,
    variants: [
      { name: 'nothing goes', pruning: { ...shared, scorer: 'random', budget: { ratio: 0 } } },
      { name: 'remnant', pruning: { ...shared, observer: 'last-token', remnant: 4 } },
      { name: 'oldest first', pruning: { ...shared, scorer: 'recency' } },
    ],
  })
  t.equal(results.length % 3, 0)
  t.ok(results.length >= 12, 'short texts are left out')
  const [nothing, remnant, oldest] = summarizeOwnText(results)
  t.ok(Math.abs(nothing?.change.value ?? 1) < 2e-3, `${nothing?.change.value}`)
  t.ok((remnant?.change.value ?? 0) > (oldest?.change.value ?? 0) + 0.05)
  t.ok((oldest?.evicted ?? 0) > 0.1)
  const seen = new Map<string, number>()
  for (const { id, tokens } of results)
    t.equal(tokens, seen.set(id, seen.get(id) ?? tokens).get(id))
})
