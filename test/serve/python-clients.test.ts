/**
 * Python's clients, where they are installed: openai and lm-evaluation-harness. COT_PRUNE_PYTHON names an interpreter
 * that has them (pip install openai "lm_eval[api]" transformers torch gguf accelerate).
 */

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { openDataset } from '../../dist/experiment/index.js'
import { mulberry32 } from '../support/random.mjs'
import { openServer, problem } from '../support/serving.js'
import { tinyModel } from '../support/tiny-models.mjs'

const run = promisify(execFile)
const python = process.env.COT_PRUNE_PYTHON ?? 'python3'
const script = fileURLToPath(new URL('python/clients.py', import.meta.url))

async function ask<T>(mode: string, how: object = {}): Promise<T> {
  const options = { maxBuffer: 2 ** 26, env: { ...process.env, OMP_NUM_THREADS: '1' } }
  const { stdout } = await run(python, [script, mode, JSON.stringify(how)], options)
  const line = stdout.split('\n').find(text => text.startsWith('RESULT ')) ?? ''
  return JSON.parse(line.slice('RESULT '.length)) as T
}

const missing = await ask<readonly string[]>('packages').catch(() => ['python3'])
const skip =
  missing.length === 0
    ? false
    : `needs ${missing.join(', ')}: pip install openai "lm_eval[api]" transformers torch gguf accelerate, and COT_PRUNE_PYTHON`
const slow = { skip, timeout: 600_000 }
t.setTimeout(900_000)
const key = 'secret'

t.test('openai: both fields, usage, our own field, an error with its name', slow, async t => {
  const { apiUrl: base } = await openServer(t, { token: key })
  const found = await ask<Record<string, unknown>>('openai', { base, key, problem: problem(0) })
  t.match(found, { content: /boxed/, reasoning: /I note/, param: 'top_p' })
  t.match(found.streamed, { content: /boxed/, reasoning_content: /I note/ })
  for (const name of ['steps', 'reasoning_tokens', 'streamed_tokens']) t.ok(Number(found[name]) > 2)
})

t.test('lm_eval: the embedded problems as chats, unpruned and pruned', slow, async t => {
  const { apiUrl: base } = await openServer(t, { token: key, queue: 100 })
  const { problems } = await openDataset('embedded')
  const data = join(t.testdir(), 'problems.jsonl')
  const lines = problems
    .slice(0, 12)
    .map(({ problem, answer }) => JSON.stringify({ problem, answer }))
  writeFileSync(data, lines.join('\n'))
  const in_flight = { every: 60, window: 32, observer: 'last-token', remnant: 4 }
  const accuracy: number[] = []
  for (const extra of [{}, { cot_prune: { in_flight } }]) {
    const found = await ask<{ accuracy: number; asked: number }>('problems', {
      base,
      key,
      data,
      extra,
    })
    t.equal(found.asked, 12)
    accuracy.push(found.accuracy)
  }
  t.comment(`right: ${accuracy.join(', pruned ')}`)
  t.ok((accuracy[0] ?? 0) > 0.6)
  t.ok((accuracy[1] ?? 0) > 0.4)
})

interface Choices {
  readonly acc: number
  /** Shape (problems, choices). */
  readonly likelihoods: readonly (readonly number[])[]
  readonly greedy: readonly (readonly boolean[])[]
}

t.test('lm_eval: a likelihood task gives the numbers of transformers', slow, async t => {
  // of the words of the task one is the likeliest, or none would ever be the greedy one
  const bias = { Ġthe: 20, Ġa: 20, in: 20, on: 20 }
  const path = tinyModel({ type: 'F32', template: 'plain', bias })
  const { apiUrl: base } = await openServer(t, { token: key, models: [{ path, id: 'tiny' }] })
  const random = mulberry32(3)
  const words = [' the', ' a', 'in', 'on']
  const data = join(t.testdir(), 'choices.jsonl')
  const lines = Array.from({ length: 12 }, () => {
    const text = Array.from({ length: 6 }, () => random.pick(words)).join('')
    const choices = words.map(word => (random.next() < 0.3 ? word + random.pick(words) : word))
    return JSON.stringify({ text: `It is${text}`, choices, right: random.integer(4) })
  })
  writeFileSync(data, lines.join('\n'))
  const found = await ask<{ transformers: Choices; served: Choices }>('choices', {
    ...{ base, key, data, gguf: path },
  })
  const { transformers, served } = found
  t.equal(served.acc, transformers.acc)
  t.strictSame(served.greedy, transformers.greedy)
  const greedy = served.greedy.flat().filter(Boolean).length
  t.ok(greedy > 2 && greedy < 24, `${greedy} are the greedy one`)
  const apart = transformers.likelihoods.flatMap((choices, i) =>
    choices.map((value, j) => Math.abs(value - (served.likelihoods[i]?.[j] ?? Number.NaN))),
  )
  t.equal(apart.length, 48)
  t.comment(`max difference ${Math.max(...apart)}`)
  t.notOk(!(Math.max(...apart) < 0.02), 'F16 cache against F32')
})
