/** Changes of JSON text: what is changed is as parsing says it, and not a byte of the rest. */

import t from 'tap'
import { randomNumbers } from '../../../dist/base/random.js'
import { editJson, spanOf } from '../../../dist/experiment/compress/json-text.js'

const row =
  '{ "id": 12345678901234567890, "a\\"b": [1.50, {"x": "\\u00e9 \\\\", "y" : "old"}, []], "10": true, "1": 1e400 }'

t.test('numbers, escapes, order and white space stay', t => {
  const edited = editJson(row, [
    { path: ['a"b', 1, 'y'], json: '"n\\new"' },
    { path: ['more'], json: '{"z":1}' },
  ])
  t.equal(
    edited,
    '{ "id": 12345678901234567890, "a\\"b": [1.50, {"x": "\\u00e9 \\\\", "y" : "n\\new"}, []], "10": true, "1": 1e400 , "more": {"z":1}}',
  )
  t.end()
})

t.test(
  'a field that is there is replaced, of two the last, which counts; an empty object gets its first',
  t => {
    t.equal(editJson('{"a":1,"b":2,"a":3}', [{ path: ['a'], json: '4' }]), '{"a":1,"b":2,"a":4}')
    t.equal(editJson(' { }', [{ path: ['a'], json: '4' }]), ' { "a": 4}')
    t.equal(spanOf('{"a":{"b":1}}', ['a', 'c']), null)
    t.equal(spanOf('{"a":[1]}', ['a', 1]), null)
    t.equal(spanOf('{"a":"x"}', ['a', 'b']), null)
    t.end()
  },
)

/** Of depth at most 4, with keys and texts that look like JSON. */
function randomValue(random: () => number, depth = 0): unknown {
  const texts = ['', 'a', '"', '\\', '}{', '],[', '\u00e9\n\t', '\ud83d\ude00', '{"a":1}', ': ,']
  const kind = Math.floor(random() * (depth < 4 ? 6 : 4))
  const some = () => Array.from({ length: Math.floor(random() * 4) })
  if (kind === 0) return texts[Math.floor(random() * texts.length)]
  if (kind === 1) return Math.round(random() * 1e6) / 1000
  if (kind === 2) return random() < 0.5
  if (kind === 3) return null
  if (kind === 4) return some().map(() => randomValue(random, depth + 1))
  return Object.fromEntries(
    some().map((_, i) => [
      `${texts[Math.floor(random() * texts.length)]}${i}`,
      randomValue(random, depth + 1),
    ]),
  )
}

function pathsOf(value: unknown): (string | number)[][] {
  if (Array.isArray(value)) {
    return [[], ...value.flatMap((item, i) => pathsOf(item).map(path => [i, ...path]))]
  }
  if (typeof value !== 'object' || value === null) return [[]]
  return [
    [],
    ...Object.entries(value).flatMap(([key, item]) => pathsOf(item).map(path => [key, ...path])),
  ]
}

const at = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value)

t.test('every value of random JSON is where parsing finds it', t => {
  const numbers = randomNumbers(40_000, 7)
  let next = 0
  const random = () => numbers[next++ % numbers.length] ?? 0
  let seen = 0
  for (let i = 0; i < 200; i++) {
    const value = { root: randomValue(random) }
    const text = JSON.stringify(value, null, i % 3)
    for (const path of pathsOf(value)) {
      const span = spanOf(text, path)
      if (span === null) return t.fail(`nothing at ${JSON.stringify(path)} of ${text}`)
      t.strictSame(JSON.parse(text.slice(span.start, span.end)), at(value, path))
      seen++
    }
  }
  t.ok(seen > 500)
  t.end()
})
