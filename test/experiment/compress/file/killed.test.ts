/** 10,000 rows, more bytes than the heap may have, by a process that is killed twice. */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { packageFolder } from '../../../../dist/base/package.js'

t.setTimeout(600_000)

const child = join(packageFolder, 'test/support/compress-child.mjs')
const rows = 10_000
const heapMegabytes = 32
const folder = t.testdir({ model: 'weights' })
const at = (name: string) => join(folder, name)

/** Rows of some 4 kB, most of it a field that nobody reads; every 97th is broken. */
function makeInput(): number {
  const file = openSync(at('in.jsonl'), 'w')
  let bytes = 0
  for (let i = 0; i < rows; i++) {
    const steps = [7, 2, 9].map(n => `Step ${(n * (i + 1)) % 101} of row ${i}.`)
    const row = {
      i,
      problem: 'Why?',
      thinking: steps.join('\n\n'),
      answer: '7',
      pad: 'é'.repeat(2000),
    }
    const text = JSON.stringify(row)
    bytes += writeSync(file, `${i % 97 === 5 ? text.slice(0, 50) : text}\n`)
  }
  closeSync(file)
  return bytes
}

/** Its exit code, or the signal that ended it. @param killAt lines after which it is killed */
async function run(
  out: string,
  killAt = Number.POSITIVE_INFINITY,
): Promise<number | string | null> {
  const args = [
    `--max-old-space-size=${heapMegabytes}`,
    child,
    at('in.jsonl'),
    at(out),
    at('model'),
  ]
  // by way of env, which becomes the process: the test runner's hooks, which it puts into Node's options, would fill the heap
  const bare = ['-u', 'NODE_OPTIONS', process.execPath, ...args]
  const running = spawn('/usr/bin/env', bare, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(running, 'close')
  for await (const line of createInterface({ input: running.stdout })) {
    if (Number(line) >= killAt) running.kill('SIGKILL')
  }
  const [code, signal] = await ended
  return code ?? signal
}

const hashOf = (name: string) =>
  createHash('sha256')
    .update(readFileSync(at(name)))
    .digest('hex')

t.test(
  'killed twice and resumed, it has the bytes of an undisturbed run, in a heap smaller than the file',
  async t => {
    const bytes = makeInput()
    t.ok(bytes > 1.2 * heapMegabytes * 2 ** 20, 'the rows do not fit into the heap')
    t.equal(await run('whole'), 0)
    t.equal(await run('killed', 3000), 'SIGKILL')
    t.equal(await run('killed', 7000), 'SIGKILL')
    t.equal(await run('killed'), 0)
    for (const end of ['', '.report.jsonl']) t.equal(hashOf(`killed${end}`), hashOf(`whole${end}`))
    t.equal(readFileSync(at('killed'), 'utf8').split('\n').length, rows + 1)
    t.equal(
      readFileSync(at('killed.report.jsonl'), 'utf8').split('\n').length,
      Math.ceil((rows - 5) / 97) + 1,
    )
  },
)
