/**
 * (10) Rows against Hugging Face transformers, eager attention, the same weights dequantised to
 * float32 (test/oracles/hf_rows.py). llama.cpp quantises activations too, so that rows are close
 * and not equal.
 */

import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import t, { type Test } from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { loadModel } from '../../dist/index.js'
import type { HeadRef } from '../../types/public.js'

t.setTimeout(900_000)

interface Golden {
  readonly version: 1
  readonly torch: string
  readonly transformers: string
  readonly model: { readonly file: string; readonly sha256: string; readonly layers: number }
  readonly tokens: readonly number[]
  /** The mean over all heads of all layers. */
  readonly row: readonly number[]
  readonly heads: readonly (HeadRef & { readonly row: readonly number[] })[]
}

const goldenFolder = join(packageFolder, 'test/golden')
const goldens = readdirSync(goldenFolder)
  .filter(name => /^hf-rows-.*\.json$/.test(name))
  .map((name): Golden => JSON.parse(readFileSync(join(goldenFolder, name), 'utf8')))

/* ---- finding models ----------------------------------------------------------------------- */

function ggufsOf(folder: string | undefined): string[] {
  if (folder === undefined || folder === '') return []
  try {
    const names = readdirSync(folder).filter(name => name.endsWith('.gguf'))
    return names.map(name => join(folder, name))
  } catch {
    return []
  }
}

const candidates = [
  ...ggufsOf(process.env.COT_PRUNE_MODELS),
  ...ggufsOf(join(packageFolder, 'models/tiny-reasoner')),
]

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

const paths = new Map<string, string>()
for (const path of candidates) paths.set(await sha256(path), path)

/* ---- comparing ---------------------------------------------------------------------------- */

/** Sum of absolute differences, relative to the expected sum. */
function relativeL1(actual: ArrayLike<number>, expected: readonly number[]): number {
  let difference = actual.length === expected.length ? 0 : Number.NaN
  let total = 0
  for (const [i, value] of expected.entries()) {
    difference += Math.abs((actual[i] ?? Number.NaN) - value)
    total += Math.abs(value)
  }
  return difference / total
}

function nmse(actual: ArrayLike<number>, expected: readonly number[]): number {
  let error = 0
  let power = 0
  for (const [i, value] of expected.entries()) {
    error += ((actual[i] ?? Number.NaN) - value) ** 2
    power += value ** 2
  }
  return error / power
}

/** Shape (values): 0 for the smallest; ties get the mean of their ranks. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (value, i) => ({ value, i })).sort((a, b) => a.value - b.value)
  const found = new Float64Array(values.length)
  for (let start = 0; start < order.length; ) {
    let end = start
    while (end < order.length && order[end]?.value === order[start]?.value) end++
    for (const { i } of order.slice(start, end)) found[i] = (start + end - 1) / 2
    start = Math.max(end, start + 1)
  }
  return found
}

/** Spearman's: the correlation of ranks. */
function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [ranks(a), ranks(b)]
  const mean = (a.length - 1) / 2
  let [xy, xx, yy] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [dx, dy] = [(x[i] ?? Number.NaN) - mean, (y[i] ?? Number.NaN) - mean]
    xy += dx * dy
    xx += dx * dx
    yy += dy * dy
  }
  return xy / Math.sqrt(xx * yy)
}

interface Limits {
  readonly l1: number
  readonly nmse: number
  readonly correlation: number
}

function compare(
  t: Test,
  name: string,
  actual: ArrayLike<number>,
  expected: readonly number[],
  limits: Limits,
): void {
  const found = {
    l1: relativeL1(actual, expected),
    nmse: nmse(actual, expected),
    correlation: rankCorrelation(actual, expected),
  }
  const [l1, error] = [found.l1.toExponential(2), found.nmse.toExponential(2)]
  const correlation = found.correlation.toFixed(5)
  t.comment(`${name}: relative L1 ${l1}, NMSE ${error}, rank correlation ${correlation}`)
  t.notOk(!(found.l1 <= limits.l1), `${name}: relative L1 is at most ${limits.l1}`)
  t.notOk(!(found.nmse <= limits.nmse), `${name}: NMSE is at most ${limits.nmse}`)
  const least = limits.correlation
  t.notOk(!(found.correlation >= least), `${name}: rank correlation is at least ${least}`)
}

t.test('the comparison itself', async t => {
  t.equal(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 40]), 1)
  t.equal(rankCorrelation([1, 2, 3, 4], [4, 3, 2, 1]), -1)
  t.strictSame([...ranks([5, 1, 5, 0])], [2.5, 1, 2.5, 0])
  t.equal(relativeL1([0.5, 0.5], [0.25, 0.75]), 0.5)
  t.ok(Number.isNaN(relativeL1([0.5], [0.25, 0.75])))
})

for (const golden of goldens) {
  const { model: of, tokens } = golden
  const path = paths.get(of.sha256)
  const skip = path === undefined && `${of.file} is not in COT_PRUNE_MODELS (sha256 ${of.sha256})`
  t.test(`(10) rows of ${of.file} are those of transformers`, { skip }, async t => {
    t.comment(`transformers ${golden.transformers}, torch ${golden.torch}`)
    const model = await loadModel(path ?? '')
    t.teardown(() => model.close())
    for (const flashAttention of [false, true]) {
      const session = await model.createSession({ contextLength: 512, threads: 2, flashAttention })
      const name = `flash ${flashAttention}`
      const all = await session.attention(tokens)
      compare(t, `${name}, mean of all heads`, all.data, golden.row, {
        l1: 0.02,
        nmse: 3e-4,
        correlation: 0.999,
      })
      t.equal(all.capturedLayers.length, of.layers)
      const heads = golden.heads.map(({ layer, head }) => ({ layer, head }))
      const chosen = await session.attention(tokens, { heads })
      for (const [i, { layer, head, row }] of golden.heads.entries()) {
        const own = chosen.data.subarray(i * chosen.length, (i + 1) * chosen.length)
        const label = `${name}, layer ${layer}, head ${head}`
        compare(t, label, own, row, { l1: 0.1, nmse: 1e-2, correlation: 0.995 })
      }
      await session.close()
    }
  })
}
