/** bench/sampling.cc: what choosing a token costs, in ratios of one process. */

import t from 'tap'
import { program, run } from '../support/programs.js'

const { path, skip } = program('sampling')

// a comparison in it that a compiler cannot vectorise made it as slow as one logit after the other
t.test('the sum over a vocabulary is computed with vectors', { skip }, async t => {
  const { stdout } = await run(path, ['41'])
  const lines = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.equal(lines.length, 5)
  const { log_sum_exp_micros, plain_micros, same } = lines.at(-1)
  t.equal(same, true)
  t.ok(
    plain_micros > 2 * log_sum_exp_micros,
    `${log_sum_exp_micros} µs, ${plain_micros} one by one`,
  )
})
