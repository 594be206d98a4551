// @ts-check
/**
 * npm run test:hard [-- --short] [-- NAME …]
 *
 * What takes too long for the test command, one script after the other, and one table of them. A script says last how many cases
 * it had and how many faults, and ends with 0 where there was none. With --short, which CI runs, each takes some seconds.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** @typedef {{ name: string, short?: readonly string[] }} Script */
/** @typedef {{ name: string, cases: string, faults: string, seconds: number, good: boolean }} Row */

/** @type {readonly Script[]} */
const scripts = [
  { name: 'fuzz-models', short: ['--cases', '400'] },
  { name: 'fuzz-json' },
  { name: 'fuzz-templates' },
  { name: 'libfuzzer' },
  { name: 'lifetimes' },
  { name: 'memory' },
  { name: 'isolate' },
  { name: 'kill' },
  { name: 'load' },
  { name: 'rpc' },
  { name: 'cluster' },
]

/** None takes so long: a script that hangs has failed. */
const mostShortMillis = 5 * 60_000
/** The end of what a script says, in which its counts are. */
const keptCharacters = 4000

/** @param {Script} script @param {boolean} isShort @returns {Promise<Row>} */
async function run({ name, short = ['--short'] }, isShort) {
  const path = fileURLToPath(new URL(`${name}.mjs`, import.meta.url))
  if (!existsSync(path)) return { name, cases: 'not there', faults: '-', seconds: 0, good: false }
  console.log(`# ${name}`)
  const began = performance.now()
  const timeout = isShort ? mostShortMillis : undefined
  const child = spawn(process.execPath, [path, ...(isShort ? short : [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', data => {
      process.stdout.write(data)
      said = (said + data).slice(-keptCharacters)
    })
  }
  const end = await new Promise(resolve =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  )
  const [, cases = '-', faults = '-'] =
    [...said.matchAll(/(\d+) cases, (\d+) faults/g)].at(-1) ?? []
  const seconds = (performance.now() - began) / 1000
  const told = end === 0 || (end === 1 && faults !== '-') ? faults : `ended by ${end}`
  return { name, cases, faults: told, seconds, good: end === 0 }
}

/** @param {readonly Row[]} rows */
function table(rows) {
  const cells = rows.map(({ name, cases, faults, seconds }) => [
    name,
    cases,
    faults,
    seconds.toFixed(0),
  ])
  const all = [['script', 'cases', 'faults', 'seconds'], ...cells]
  const widths = [0, 1, 2, 3].map(i => Math.max(...all.map(row => row[i]?.length ?? 0)))
  return all
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const { values, positionals } = parseArgs({
  options: { short: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.find(name => scripts.every(script => script.name !== name))
if (unknown !== undefined)
  throw new Error(`there is no ${unknown}: ${scripts.map(({ name }) => name).join(', ')}`)
/** @type {Row[]} */
const rows = []
for (const script of scripts) {
  if (positionals.length > 0 && !positionals.includes(script.name)) continue
  rows.push(await run(script, values.short))
}
console.log(`\n${table(rows)}`)
process.exitCode = rows.every(({ good }) => good) ? 0 : 1
