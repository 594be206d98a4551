// @ts-check
/** Runs hf_memory.py where Python has torch, transformers and a GPU, and says so where not. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { child } from '../../bench/measure.mjs'

/** @typedef {{ length: number, threads: number }} Options */

const script = fileURLToPath(new URL('hf_memory.py', import.meta.url))
const python = process.env.COT_PRUNE_PYTHON ?? 'python3'

function missing() {
  const check = 'import torch, transformers; assert torch.cuda.is_available()'
  try {
    execFileSync(python, ['-c', check], { stdio: 'ignore' })
    return null
  } catch {
    return `${python} has no torch with a GPU, or no transformers`
  }
}

/** @param {Options} options */
async function trial({ length }) {
  const skipped = missing()
  if (skipped !== null) return { rows: [], skipped }
  const output = execFileSync(python, [script, String(length)], { encoding: 'utf8' })
  const found = JSON.parse(output.trim().split('\n').at(-1) ?? '')
  const seconds = found.seconds ?? Number.NaN
  const rows = [
    { name: 'transformers, peak above the weights', value: found.peak_bytes / 1024, unit: 'KiB' },
  ]
  if (found.out_of_memory === undefined) {
    rows.push({ name: 'transformers, forward', value: 1000 * seconds, unit: 'ms' })
  }
  return { rows, detail: found }
}

await child(trial)
