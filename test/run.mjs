/**
 * The test command: tap over all test files (or those given), a summary line per file as it
 * ends, failures in full, and the plain last line `N passed, N failed, N skipped`.
 */

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const require = createRequire(import.meta.url)
const tap = require.resolve('tap/package.json').replace('package.json', 'dist/esm/run.mjs')
const files = process.argv.slice(2)
const args = [tap, '--disable-coverage', '--allow-empty-coverage', '--reporter=tap', ...files]
// two files run at once: a core each, where a test asks for no more
const env = { OMP_NUM_THREADS: '1', ...process.env }
const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env })

const counts = { passed: 0, failed: 0, skipped: 0 }
const skipped = []
let failing = false
for await (const line of createInterface({ input: child.stdout })) {
  const point = /^( *)(not )?ok \d+ - (.*?)(?: \{)?$/.exec(line)
  const depth = point?.[1]?.length ?? 0
  if (point && depth === 4) count(point[2] !== undefined, point[3])
  if (point && depth === 0) console.log(line.replace(/ \{$/, ''))
  // a failure's diagnostics follow it, indented deeper
  if (point) failing = point[2] !== undefined && depth > 0
  if (failing || /^ *# (?!time=|Subtest)/.test(line)) console.log(line)
}
const status = await new Promise(resolve => {
  if (child.exitCode !== null) resolve(child.exitCode)
  else child.on('exit', code => resolve(code ?? 1))
})

function count(failed, name) {
  const skip = /# SKIP ?(.*)/.exec(name)
  if (skip) {
    counts.skipped++
    skipped.push(name)
  } else if (failed) counts.failed++
  else counts.passed++
}

for (const name of skipped) console.log(`skipped: ${name}`)
if (status !== 0 && counts.failed === 0) counts.failed = 1
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exit(status)
