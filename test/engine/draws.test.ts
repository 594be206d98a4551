/** Draws against llama.cpp's own samplers: test/native/sampler.cc asks both, over random logits and settings. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'

t.setTimeout(120_000)

const program = join(packageFolder, 'build/Release/sampler')
const skip = existsSync(program) ? false : 'the program is not built: npm run setup'

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
    const { stdout, stderr } = await promisify(execFile)(program, args)
    const { draws, different } = JSON.parse(stdout)
    t.ok(draws >= 10 * settings, `${draws} draws`)
    // its sums are of single precision: a draw at a border may fall to the other side
    t.ok(different <= draws / 200, `${different} of ${draws} are others\n${stderr}`)
  })
}
