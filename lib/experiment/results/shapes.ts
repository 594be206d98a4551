/** What the files of a folder of results have to hold, for what is read of them. */

import {
  among,
  type Check,
  either,
  fault,
  finite,
  flag,
  integer,
  list,
  optional,
  orNull,
  record,
  share,
  text,
  when,
} from '../../base/plain-data.js'
import type { ProblemResult } from '../run/result-types.js'

const part = when(
  'a number from 0 to 1',
  value => Number.isFinite(value) && Number(value) >= 0 && Number(value) <= 1,
)
const textOrNull = orNull('a string', text)
const integerOrNull = orNull('an integer', integer)
const strings = list(text)
const range = record({ start: integer, end: integer })
const looks = list(
  when(
    'three finite numbers',
    look => Array.isArray(look) && look.length === 3 && look.every(Number.isFinite),
  ),
)

const row = record({
  method: text,
  threshold: part,
  kept: list(integer),
  keptSteps: integer,
  steps: integer,
  keptTokens: integerOrNull,
  thinkingTokens: integerOrNull,
  length: integer,
  predicted: textOrNull,
  source: among('trace', 'evaluation', 'pruned-text', 'none'),
  extraction: textOrNull,
  correct: orNull('a boolean', flag),
  sameAs: orNull('a row', record({ method: text, threshold: part })),
  decodedTokens: integer,
  output: textOrNull,
  resumed: optional(
    record({
      tokens: integer,
      finish: text,
      lost: integer,
      again: integer,
      looping: optional(flag),
    }),
  ),
  millis: share,
})

const result = record({
  index: integer,
  sample: integer,
  id: text,
  problem: text,
  expected: textOrNull,
  alternatives: optional(strings),
  seed: finite,
  splitter: text,
  trace: record({
    text,
    tokens: integer,
    finish: text,
    thinking: optional(among('closed', 'cut', 'never-opened')),
    answer: optional(range),
  }),
  steps: list(record({ index: integer, text, tokens: integerOrNull })),
  // NaN, which the notebook's scores can be, is null in JSON
  methods: list(
    record({
      method: text,
      scores: list(orNull('a finite number', finite)),
      decodedTokens: integer,
      looks: optional(looks),
      layers: optional(list(record({ layer: integer, shares: list(finite) }))),
    }),
  ),
  thresholds: list(row),
  millis: share,
})

/** Of `results.json`, what does not come from the lines again. */
export const recordShape: Check = record({
  date: text,
  failed: optional(
    list(
      record({
        ...{ index: integer, sample: integer, id: text, code: text, message: text },
        ...{ attempts: integer, worker: textOrNull },
      }),
    ),
  ),
})

/** More tokens than any context has: a report makes lists of as many. */
const mostTokens = 2 ** 24

const hasFields = (value: unknown): value is ProblemResult => result(value) === null

/** A line of `results.jsonl`. */
export const resultShape: Check = value => {
  if (!hasFields(value)) return result(value)
  const { trace, steps } = value
  const inSteps = steps.reduce((sum, { tokens }) => sum + (tokens ?? 0), 0)
  if (trace.tokens > mostTokens)
    return fault('.trace.tokens', `at most ${mostTokens}`, trace.tokens)
  const most = `as many tokens as the trace has, ${trace.tokens}, at most`
  return inSteps <= trace.tokens ? null : fault('.steps', most, inSteps)
}

const cut = either(
  "'before-answer', { steps } or { share }",
  among('before-answer'),
  record({ steps: integer }),
  record({ share }),
)
const context = record({
  preset: record({ name: text, faults: strings, maxTokens: integer }),
  dataset: record({
    name: text,
    path: textOrNull,
    problems: integer,
    source: optional(record({ repo: text, file: text, revision: text, sha256: text })),
    notes: optional(strings),
  }),
  seed: finite,
  samples: integer,
  planned: integer,
  askAgain: flag,
  cut: optional(orNull('a cut', cut)),
  hideAnswer: optional(flag),
  sampling: optional(
    record({
      ...{ temperature: finite, topK: finite, topP: finite, minP: finite, from: text },
      ...{ repeatPenalty: finite, presencePenalty: optional(finite), repeatWindow: finite },
    }),
  ),
})

export const buildShape: Check = record({
  version: text,
  llamaCommit: text,
  llamaVersion: text,
  patchSha256: text,
  backends: strings,
})

export const shardShape: Check = orNull('a shard', record({ index: integer, count: integer }))

/** `run.json`, of version 1. */
export const runShape: Check = record({
  version: among(1),
  key: record({
    model: text,
    dataset: text,
    thinking: orNull('two tags', record({ open: text, close: text })),
    preset: record({
      name: text,
      loop: text,
      rule: text,
      protect: record({ first: optional(integer), last: optional(integer) }),
    }),
  }),
  model: record({ name: text, path: text }),
  context,
  limit: integerOrNull,
  shard: shardShape,
  build: buildShape,
  command: optional(text),
  machine: optional(text),
})
