/** Options of pruning in flight and early exit: defaults, and that what is given comes back. */

import t from 'tap'
import { resolveGenerateOptions } from '../../../dist/generate/options.js'
import type { GenerateOptions } from '../../../dist/index.js'
import { resolveInFlight } from '../../../dist/prune/in-flight/options.js'

/** As a session reads them. */
const resolve = (options: GenerateOptions) =>
  resolveInFlight(options, resolveGenerateOptions(options))

t.test('nothing given is every default', async t => {
  const { pruning, earlyExit } = resolve({ pruning: {}, earlyExit: {} }) ?? {}
  t.match(pruning, {
    every: 200,
    by: { observer: { name: 'think-clearly' } },
    aggregate: 'mean',
    layers: 'all',
    budget: { ratio: 0.2 },
    window: 64,
    remnant: 0,
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
  const { pruning } = resolve({ pruning: { ...given, scorer: 'random' } }) ?? {}
  t.match(pruning, { ...given, by: { scorer: { name: 'random' } } })
  const exit = { confidence: 0, times: 3, every: 1 }
  t.strictSame(resolve({ earlyExit: exit })?.earlyExit, exit)
  t.equal(resolve({ attention: 'all' }), null)
})

t.test(
  'a step graph scores in place of an observer, with steps and a score of its own',
  async t => {
    const heads = [{ layer: 0, head: 1 }]
    const stepGraph = {
      heads,
      segmenting: { splitter: 'line' },
      score: { reduction: 'flow' },
    } as const
    const resolved = resolve({ stepGraph, pruning: { window: 3 } })
    t.match(resolved?.pruning, {
      by: { graph: { reduction: 'flow', aggregate: 'mean', inherit: 0.5, distance: false } },
      segmenting: { splitter: 'line' },
      window: 3,
    })
    const refused = [
      { pruning: { observer: 'traac' } },
      { pruning: { scorer: 'random' } },
      { pruning: { aggregate: 'sum' } },
      { pruning: { layers: 'all' } },
      { pruning: { segmenting: {} } },
      { pruning: { positions: 'refill' } },
      { attention: 'all' },
      { stepGraph: { heads: [...heads, ...heads] } },
    ] as const
    for (const wrong of refused) {
      t.throws(() => resolve({ stepGraph, ...wrong }), {
        code: 'ERR_INVALID_ARG_VALUE',
        message: /options\.stepGraph/,
      })
    }
    for (const score of [
      { reduction: 'most' },
      { aggregate: 1 },
      { distance: 'yes' },
      { other: 1 },
    ]) {
      // @ts-expect-error: none of these is a score
      const given: GenerateOptions = { stepGraph: { heads, score } }
      t.throws(() => resolve(given), /options\.stepGraph\.score/)
    }
  },
)
