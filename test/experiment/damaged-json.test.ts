/** Files of JSON that are damaged: a typed error that names the place, or a value that works. */

import t from 'tap'
import { deepestJson, parseJson } from '../../dist/base/json.js'
import { tryAll, tryGood } from '../hard/fuzz-json.mjs'

t.test('the good ones work', async t => {
  t.strictSame(await tryGood(), [])
})

t.test('seeded mutations of each kind of file', async t => {
  const seed = Number(process.env.COT_PRUNE_SEED ?? 1)
  t.comment(`COT_PRUNE_SEED=${seed}`)
  const outcomes = new Set<string>()
  await tryAll({ cases: 240, seed }, ({ subject, seed: of, outcome }) => {
    if (outcome.startsWith('fault')) t.fail(`${subject}, seed ${of}: ${outcome}`)
    outcomes.add(outcome)
  })
  for (const code of ['works', 'ERR_RESULTS', 'ERR_DATASET', 'ERR_TRACE_INVALID']) {
    t.ok(outcomes.has(code), code)
  }
})

t.test('JSON that is nested deeper than anything of ours is none', async t => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  t.ok(parseJson(nested(deepestJson)))
  t.throws(() => parseJson(nested(deepestJson + 1)), { name: 'SyntaxError', message: /200 levels/ })
  t.throws(() => parseJson(nested(1_000_000)), { name: 'SyntaxError' })
  t.strictSame(parseJson(JSON.stringify(['[[\\"'.repeat(500)])), ['[[\\"'.repeat(500)])
})
