/** What ended a process once, and a few seeds of test/hard/fuzz-models.mjs: a typed error, or a model that works. */

import t from 'tap'
import { casesOf, corpus, isFault, tryAll } from '../hard/fuzz-models.mjs'
import { families } from '../support/tiny/families.mjs'
import type { TinyArchitecture } from '../support/tiny-models.mjs'

t.setTimeout(120_000)

t.test('the corpus', async t => {
  await tryAll(corpus(), (one, outcome) => {
    t.notOk(isFault(outcome), `${JSON.stringify(one)}: ${outcome.outcome}`)
  })
})

t.test('seeded damage of every architecture', async t => {
  const seed = Number(process.env.COT_PRUNE_SEED ?? 500_000)
  t.comment(`COT_PRUNE_SEED=${seed}`)
  const archs = Object.keys(families) as TinyArchitecture[]
  const outcomes = new Set<string>()
  await tryAll(casesOf(archs, 39, seed), (one, outcome) => {
    t.notOk(isFault(outcome), `${JSON.stringify(one)}: ${outcome.outcome}`)
    outcomes.add(outcome.outcome)
  })
  t.ok(outcomes.has('works'), 'some are harmless')
  t.ok(outcomes.has('ERR_MODEL_FORMAT'), 'most are not')
})
