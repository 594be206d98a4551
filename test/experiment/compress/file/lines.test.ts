/** Lines of a file: numbers, places, and parts that are the file again. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { randomNumbers } from '../../../../dist/base/random.js'
import { rangeOf, readInput, readLines } from '../../../../dist/experiment/compress/file/lines.js'

const folder = t.testdir({})

async function write(name: string, text: string) {
  const path = join(folder, name)
  writeFileSync(path, text)
  return readInput(path)
}

async function read(path: string, range: Parameters<typeof readLines>[1]) {
  const lines: { text: string; number: number; end: number }[] = []
  for await (const { bytes, number, end } of readLines(path, range)) {
    lines.push({ text: bytes.toString(), number, end })
  }
  return lines
}

t.test('as splitting the text says, longer than a chunk of the disk and in many bytes', async t => {
  const random = randomNumbers(300, 11)
  const expected = random.map((x, i) => (i % 50 === 7 ? 'é'.repeat(90_000) : 'ü'.repeat(x * 300)))
  for (const end of ['', '\n']) {
    const text = expected.join('\n') + end
    const input = await write('in', text)
    t.equal(input.lines, expected.length)
    t.equal(input.bytes, Buffer.byteLength(text))
    const all = await read(input.path, await rangeOf(input, {}))
    t.strictSame(
      all.map(line => line.text),
      expected,
    )
    t.strictSame(
      all.map(line => line.number),
      expected.map((_, i) => i + 1),
    )
    for (const count of [2, 7, 400]) {
      const parts = []
      for (let index = 1; index <= count; index++) {
        const range = await rangeOf(input, { shard: { index, count } })
        const part = await read(input.path, range)
        t.equal(part.length, range.lines)
        parts.push(...part)
      }
      t.strictSame(parts, all, `${count} parts`)
    }
    const limited = await rangeOf(input, { limit: 9, shard: { index: 2, count: 2 } })
    t.strictSame(await read(input.path, limited), all.slice(4, 9))
    // as a run that resumes does
    const { start: _, ...rest } = await rangeOf(input, {})
    const from = await read(input.path, { ...rest, start: all[99]?.end ?? 0, first: 101 })
    t.strictSame(from, all.slice(100))
  }
})

t.test('empty files, and lines that are empty', async t => {
  const none = await write('none', '')
  t.match(none, { lines: 0, bytes: 0 })
  t.strictSame(await read(none.path, await rangeOf(none, {})), [])
  const two = await write('two', '\n\n')
  t.strictSame(await read(two.path, await rangeOf(two, {})), [
    { text: '', number: 1, end: 1 },
    { text: '', number: 2, end: 2 },
  ])
})
