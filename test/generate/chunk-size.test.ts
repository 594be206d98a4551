import t from 'tap'
import { nextChunkSize } from '../../dist/generate/chunk-size.js'

t.test('the first chunk is one token, later ones take 50 ms at the speed of the last', async t => {
  t.equal(nextChunkSize(undefined, false), 1)
  t.equal(nextChunkSize({ tokens: 1, millis: 0.5 }, false), 100)
  t.equal(nextChunkSize({ tokens: 100, millis: 100 }, false), 50)
})

t.test('a slow model is read token by token, and no measurement gives less', async t => {
  t.equal(nextChunkSize({ tokens: 1, millis: 400 }, false), 1)
  t.equal(nextChunkSize({ tokens: 0, millis: 3 }, false), 1, 'a job that gave nothing')
})

t.test('chunks are bounded, and more so where they carry rows', async t => {
  const fast = { tokens: 200, millis: 1 }
  t.equal(nextChunkSize(fast, false), 256)
  t.equal(nextChunkSize(fast, true), 16)
  t.equal(nextChunkSize({ tokens: 3, millis: 0 }, false), 256, 'a clock that stood still')
  t.equal(nextChunkSize({ tokens: 0, millis: 0 }, false), 1)
})
