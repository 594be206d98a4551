/** Results from a file or from plain JavaScript, checked for what a report reads of them. */

import { CotPruneError, render } from '../base/errors.js'
import {
  finite,
  flag,
  integer,
  list,
  optional,
  orNull,
  record,
  share,
  text,
} from '../base/plain-data.js'

const result = record({
  index: integer,
  sample: integer,
  id: text,
  problem: text,
  expected: orNull('a string', text),
  seed: finite,
  splitter: text,
  trace: record({ text, tokens: integer, finish: text }),
  steps: list(record({ index: integer, text, tokens: orNull('an integer', integer) })),
  // NaN, which the notebook's scores can be, is null in JSON
  methods: list(
    record({
      method: text,
      scores: list(orNull('a finite number', finite)),
      looks: optional(list(list(finite))),
      layers: optional(list(record({ layer: integer, shares: list(finite) }))),
    }),
  ),
  thresholds: list(
    record({
      method: text,
      threshold: share,
      kept: list(integer),
      predicted: orNull('a string', text),
      correct: orNull('a boolean', flag),
      output: orNull('a string', text),
      resumed: optional(record({ tokens: integer })),
    }),
  ),
})

/**
 * @param where what messages call the result at a place: `results[3]`, or a line of a file
 * @throws CotPruneError ERR_RESULTS that names it
 */
export function checkResults(results: readonly unknown[], where: (place: number) => string): void {
  for (const [place, value] of results.entries()) {
    const found = result(value)
    if (found === null) continue
    const { path, expected, received } = found
    const what = `${where(place)}${path} must be ${expected}. Received ${render(received)}`
    throw new CotPruneError('ERR_RESULTS', what)
  }
}
