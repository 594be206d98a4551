/** A sample that has every kind, however the kinds lie. */

import t from 'tap'
import { ofEveryKind } from '../../dist/entry/cli/every-kind.js'

const kinds = ['a', 'b', 'c']
const entries = (kindOf: (i: number) => string | undefined) =>
  Array.from({ length: 30 }, (_, id) => ({ id, kind: kindOf(id) }))

t.test('kinds in turns, kinds in blocks: as many of each, in their order', async t => {
  for (const kindOf of [(i: number) => kinds[i % 3], (i: number) => kinds[Math.floor(i / 10)]]) {
    for (const count of [3, 6, 15]) {
      const some = ofEveryKind(entries(kindOf), count)
      for (const kind of kinds) {
        t.equal(some.filter(entry => entry.kind === kind).length, count / 3)
      }
      t.strictSame(
        some,
        some.toSorted((a, b) => a.id - b.id),
      )
    }
  }
})

t.test('no kinds: the first ones; more than there are: all', async t => {
  const list = entries(() => undefined)
  t.strictSame(ofEveryKind(list, 4), list.slice(0, 4))
  t.strictSame(ofEveryKind(list, 99), list)
  t.strictSame(ofEveryKind([], 3), [])
})
