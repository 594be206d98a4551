/**
 * `npm run docs`: the site into build/docs. Fails at an export without a doc comment, at a link that leads nowhere, and at anything
 * that a page would load from another host.
 */

import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { faultsOf } from './faults.mjs'
import { writeSources } from './sources.mjs'

const path = at => fileURLToPath(new URL(at, import.meta.url))
const typedoc = createRequire(import.meta.url).resolve('typedoc/package.json')
const { status } = spawnSync(
  process.execPath,
  [
    typedoc.replace('package.json', 'bin/typedoc'),
    '--options',
    path('typedoc.config.mjs'),
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
)
if (status !== 0) process.exit(status ?? 1)

const site = path('../../build/docs')
writeSources(path('../..'), site)
const { pages, faults } = faultsOf(site)
for (const fault of faults) console.error(fault)
console.log(`${pages} pages, ${faults.length} faults: ${site}/index.html`)
process.exit(faults.length === 0 ? 0 : 1)
