/** The fingerprint by which a worker is refused, and addresses without their passwords. */

import t from 'tap'
import { checkAddress, differenceOf, withId, withoutPassword } from '../../dist/cluster/index.js'
import { decode, encode } from '../../dist/cluster/json.js'
import { parseSpec } from '../../dist/cluster/spec.js'

const print = (key: object, patchSha256 = 'p') => ({
  build: { version: '1', llamaCommit: 'c', patchSha256 },
  key,
})
const work = (key: object) => ({
  kind: 'run',
  fingerprint: print(key),
  model: { name: 'm', contextLength: null, thinking: null, chatTemplate: null },
  input: { name: 'd' },
  options: {},
  attempts: 3,
  stalledAfter: 30,
})

t.test('what differs is named, and what JSON cannot say does not count', async t => {
  t.equal(differenceOf(print({ model: 'a', x: undefined }), print({ model: 'a' })), null)
  t.equal(
    differenceOf(print({ model: 'a' }), print({ model: 'b' })),
    'model is "a" in the run and "b" here',
  )
  t.match(differenceOf(print({}, 'p'), print({}, 'q')), 'build.patchSha256 is "p" in the run')
})

t.test('the id is that of the fingerprint alone', async t => {
  const { id } = withId(work({ seed: 1 }))
  t.match(id, /^[0-9a-f]{24}$/)
  t.equal(withId({ ...work({ seed: 1 }), attempts: 9 }).id, id)
  t.not(withId(work({ seed: 2 })).id, id)
  const spec = withId(work({ seed: 1 }))
  t.strictSame(parseSpec(JSON.stringify(spec)), spec)
  for (const text of ['', '[]', 'null', '{"version":2}', '{"version":1,"kind":"run"}']) {
    t.throws(() => parseSpec(text), { code: 'ERR_QUEUE' }, text)
  }
})

t.test('no message has a password', async t => {
  for (const [given, shown] of [
    ['redis://host:6379/0', 'redis://host:6379/0'],
    ['redis://:secret@host:6379', 'redis://:***@host:6379'],
    ['rediss://user:secret@host', 'rediss://user:***@host'],
    ['--queue=redis://u:p@ss/w:rd@host/1 --out x', '--queue=redis://u:***@host/1 --out x'],
  ] as const) {
    t.equal(withoutPassword(given), shown)
  }
  t.equal(checkAddress('queue', 'rediss://u:p@host'), 'rediss://u:p@host')
  for (const bad of ['u:secret@host', 'http://u:secret@host', 'redis://', 'redis://u:secret@:1']) {
    t.throws(() => checkAddress('queue', bad), { name: 'TypeError' }, bad)
    t.doesNotThrow(() => {
      try {
        checkAddress('queue', bad)
      } catch (error) {
        if (String(error).includes('secret')) throw new Error('the message has the password')
      }
    })
  }
})

t.test('numbers that are none stay what they are, and texts, too', async t => {
  const data = { a: [Number.NaN, Infinity, -Infinity, 1.5, null], b: 'NaN', c: 'number:1' }
  t.strictSame(decode(encode(data)), data)
})
