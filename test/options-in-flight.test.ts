/** Options of pruning in flight and early exit: defaults, and that what is given comes back. */

import t from 'tap'
import { resolveGenerateOptions } from '../dist/options/index.js'

t.test('nothing given is every default', async t => {
  const { pruning, earlyExit } = resolveGenerateOptions({ pruning: {}, earlyExit: {} })
  t.match(pruning, {
    every: 200,
    by: { observer: { name: 'think-clearly' } },
    aggregate: 'mean',
    layers: 'all',
    budget: { ratio: 0.2 },
    window: 64,
    positions: 'keep',
    compactAt: 0.25,
    undoBelow: null,
  })
  t.strictSame(earlyExit, { confidence: 0.95, times: 2, every: 200 })
})

t.test('what is given comes back', async t => {
  const given = {
    every: 7,
    aggregate: 'sum',
    layers: 'first-half',
    budget: { tokens: 12 },
    window: 3,
    positions: 'keep',
    compactAt: 1,
    undoBelow: 0.5,
  } as const
  const { pruning } = resolveGenerateOptions({ pruning: { ...given, scorer: 'random' } })
  t.match(pruning, { ...given, by: { scorer: { name: 'random' } } })
  const exit = { confidence: 0, times: 3, every: 1 }
  t.strictSame(resolveGenerateOptions({ earlyExit: exit }).earlyExit, exit)
  t.equal(resolveGenerateOptions({ attention: 'all' }).attention, 'all')
})
