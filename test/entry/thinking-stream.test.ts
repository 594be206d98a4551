/** A thinking on the terminal: the same picture however fast the machine is, by whose speed chunks are cut. */

import { PassThrough } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'
import t from 'tap'
import { ThinkingStream } from '../../dist/entry/cli/thinking-stream.js'
import { readHeadProfile } from '../../dist/experiment/index.js'
import { embeddedModel, loadModel } from '../../dist/index.js'
import { reasonerPath } from '../support/reasoner.js'

const problem =
  '(1) At first Carla owns 94 beads. (2) Carla gets 31 beads as a gift. (3) Carla throws out 10 beads. With how many beads does Carla end?'

t.test('chunks of any size: bars stand at the ends of steps, one more each time', async t => {
  const { heads } = await readHeadProfile((await embeddedModel()).heads, reasonerPath)
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 1024, threads: 1 })

  for (const minCharacters of [0, 10, 60]) {
    const pictures = []
    for (const chunkTokens of [1, 2, 3, 5, 8, 21, 64]) {
      const out = new PassThrough()
      const stream = new ThinkingStream(out, { minCharacters })
      const generation = session.generate([{ role: 'user', content: problem }], {
        ...{ maxTokens: 300, temperature: 0, chunkTokens },
        stepGraph: { heads, segmenting: { minCharacters } },
      })
      for await (const chunk of generation) stream.push(chunk)
      stream.end()
      out.end()
      pictures.push((await readAll(out)).replaceAll(/[▁-█]/g, '█'))
    }
    const [one = '', ...others] = pictures
    const bars = [...one.matchAll(/ {2}(█+)\n/g)].map(([, row = '']) => row.length)
    t.ok(bars.length >= 3, `minCharacters ${minCharacters}: ${bars.length} steps`)
    t.strictSame(
      bars,
      bars.map((_, i) => i + 1),
    )
    // what ended in the chunk that ended the thinking is not told any more
    for (const other of others) t.ok(startsAlike(one, other), other)
  }
})

/** Whether one has the same bars at the same places as the other, as far as it has any. */
function startsAlike(one: string, other: string): boolean {
  const [plain, words] = [one.replaceAll(/ {2}█+/g, ''), other.replaceAll(/ {2}█+/g, '')]
  const last = other.lastIndexOf('█') + 1
  return plain === words && one.startsWith(other.slice(0, last))
}
