/** Draws against llama.cpp's own samplers: test/native/sampler.cc asks both, over random logits and settings. */

import t from 'tap'
import { program, run } from '../support/programs.js'

t.setTimeout(120_000)

const { path, skip } = program('sampler')

// the vocabulary may be smaller than a block, no multiple of one, or a large model's
for (const [vocabulary, settings] of [
  [7, 300],
  [300, 300],
  [5003, 300],
  [151_936, 20],
] as const) {
  t.test(`the same seed draws what llama.cpp draws, of ${vocabulary}`, { skip }, async t => {
    const seed = 11
    const args = [seed, vocabulary, settings].map(String)
    const { stdout, stderr } = await run(path, args)
    const { draws, different } = JSON.parse(stdout)
    t.ok(draws >= 10 * settings, `${draws} draws`)
    // its sums are of single precision: a draw at a border may fall to the other side
    t.ok(different <= draws / 200, `${different} of ${draws} are others\n${stderr}`)
  })
}
