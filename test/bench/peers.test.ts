/** `bench -- peers` in small: what is absent is words and not a failure, what is there computes the same. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { tinyModel } from '../support/tiny-models.mjs'

interface Result {
  readonly rows: readonly {
    readonly name: string
    readonly value: number
    readonly ratios: Readonly<Record<string, number>>
  }[]
  readonly text: string
}

/** With nothing set up that is not of this repository. */
function measure(options: Readonly<Record<string, unknown>>): Result {
  const script = join(packageFolder, 'bench', 'peers', 'trial.mjs')
  const all = { model: tinyModel({ type: 'F32' }), rounds: 1, threads: 1, ...options }
  const nowhere = join(packageFolder, 'no-such-folder')
  const env = { ...process.env, COT_PRUNE_NODE_LLAMA_CPP: nowhere, COT_PRUNE_PYTHON: nowhere }
  const stdio = 'pipe' as const
  const output = execFileSync(process.execPath, [script, JSON.stringify(all)], { env, stdio })
  return JSON.parse(output.toString())
}

const measured = ({ rows }: Result) => rows.map(({ name }) => name)

function sound(t: Test, { rows }: Result): void {
  for (const { name, value, ratios } of rows) {
    for (const number of [value, ...Object.values(ratios)]) t.ok(number > 0, `${name}: ${number}`)
  }
}

t.test('the row of the last token', async t => {
  for (const job of ['row', 'live']) {
    const result = measure({ job, prompt: 96 })
    t.strictSame(measured(result), ['cot-prune', 'llama.cpp, cb_eval on every layer'])
    sound(t, result)
    // another program over the same library, which copies the softmax of every layer
    const [, distance] = /rows differ by (\S+)/.exec(result.text) ?? []
    t.ok(Number(distance) < 1e-5, `${job}: ${distance}`)
    t.match(
      result.text,
      /\ntransformers, eager: absent\. Set it up: python3 -m venv .* -r bench\/peers\/requirements\.txt/,
    )
  }
})

t.test('generation, alone, with rows and several at once', async t => {
  for (const [job, loop] of [
    ['generate', 'bare loop'],
    ['rows', 'llama.cpp, cb_eval on every layer'],
    ['chains', 'batched loop'],
  ]) {
    const result = measure({ job, prompt: 48, tokens: 12, chains: job === 'chains' ? 3 : 1 })
    t.strictSame(measured(result), ['cot-prune', loop])
    sound(t, result)
    t.match(result.text, /11 of 11 tokens the same/)
    t.match(result.text, /transformers, eager: absent/)
    if (job !== 'rows') t.match(result.text, /node-llama-cpp: absent\. Set it up: npm install /)
  }
})
