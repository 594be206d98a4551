// @ts-check
/**
 * node bench/addons.mjs [--model FILE] [--tokens 80] [--threads 2] [--rounds 9] NAME=FILE[,CPU] NAME=FILE[,CPU] …
 * Compiled addons against each other: each generates with the same model in turn, in a process of its own. FILE is
 * what COT_PRUNE_ADDON takes, CPU what COT_PRUNE_CPU does. Prints medians, and ratios to the first of the list.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { median, medianRatio } from './measure.mjs'

const execute = promisify(execFile)
const own = fileURLToPath(import.meta.url)
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string' },
    tokens: { type: 'string', default: '80' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '9' },
    one: { type: 'boolean', default: false },
  },
})

/** @returns {Promise<number>} tokens per second, the better of two */
async function generate() {
  const { embeddedModel, loadModel } = await import('../dist/index.js')
  const model = await loadModel(values.model ?? (await embeddedModel()).model)
  const session = await model.createSession({
    contextLength: 2048,
    threads: Number(values.threads),
  })
  let best = 0
  for (let run = 0; run < 2; run++) {
    let [start, tokens] = [0, 0]
    const generation = session.generate('12+34', { maxTokens: Number(values.tokens), seed: 1 })
    for await (const chunk of generation) {
      if (start === 0) start = performance.now()
      else tokens += chunk.tokens.length
    }
    best = Math.max(best, (1000 * tokens) / (performance.now() - start))
  }
  await model.close()
  return best
}

/** @param {string} file @param {string} [cpu] @returns {Promise<number>} */
async function inProcess(file, cpu) {
  const env = { ...process.env, COT_PRUNE_ADDON: file, ...(cpu && { COT_PRUNE_CPU: cpu }) }
  const { stdout } = await execute(process.execPath, [own, ...process.argv.slice(2), '--one'], {
    env,
  })
  return Number(stdout)
}

if (values.one) {
  console.log(await generate())
} else {
  const addons = positionals.map(text => {
    const [name = '', file = '', cpu] = text.split(/[=,]/)
    return { name, file, cpu, rates: /** @type {number[]} */ ([]) }
  })
  for (let round = 0; round < Number(values.rounds); round++) {
    const turn = round % 2 === 0 ? addons : [...addons].reverse()
    for (const addon of turn) addon.rates.push(await inProcess(addon.file, addon.cpu))
  }
  for (const { name, rates } of addons) {
    const ratio = medianRatio(rates, addons[0]?.rates ?? [])
    const best = Math.max(...rates) / Math.max(...(addons[0]?.rates ?? []))
    const row = [name, median(rates).toFixed(1), ratio.toFixed(3), best.toFixed(3)]
    console.log(row.join('\t'))
  }
}
