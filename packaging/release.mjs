// @ts-check
/**
 * npm run release [-- --out DIR] [--all] [--dry]
 * Packs what would be published, checks it, and says the commands in their order; publishes nothing itself.
 * --all fails where a platform's addon is missing, as the workflow needs it; --dry goes without a `repository`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkShape } from '../test/install/shape.mjs'
import { faultsOf, inspect } from './inspect.mjs'
import { packAll } from './packages.mjs'
import { fileOf, folderOf, newestGlibc, onPurpose, platforms } from './platforms.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'build', 'packages') },
    all: { type: 'boolean', default: false },
    dry: { type: 'boolean', default: false },
  },
})

const { version, repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
if (repository === undefined && !values.dry) {
  console.error(
    "package.json has no `repository`, and npm publishes with provenance only from the one that it names: add the project's public address, or try without one by --dry.",
  )
  process.exit(1)
}
const addons = [...platforms, ...onPurpose]
const faults = [...changelogFaults(), ...treeFaults(), ...addons.flatMap(addonFaults)]
const packages = packAll(values.out)
await checkShape(packages).catch(error => faults.push(`${error.stdout ?? ''}${error.message}`))

console.log(`cot-prune ${version}`)
for (const { name, bytes, unpacked } of packages) {
  const [packed, whole] = [bytes, unpacked].map(size => `${(size / 1e6).toFixed(2)} MB`)
  console.log(`  ${name.padEnd(28)} ${packed} packed, ${whole} unpacked`)
}
for (const fault of faults) console.log(`not ready: ${fault}`)
console.log('\nThis would publish it, the platforms before what names them:')
for (const { file } of [...packages.slice(1), ...packages.slice(0, 1)]) {
  console.log(`  npm publish ${file} --provenance --access public`)
}
process.exit(faults.length > 0 ? 1 : 0)

/** A part with the version's name, which has something in it. */
function changelogFaults() {
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
  const [, title = '', body = ''] =
    /^## (.*)\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changelog) ?? []
  return [
    ...(title.includes(version)
      ? []
      : [`the first part of CHANGELOG.md is "${title}", not ${version}`]),
    ...(body.trim() === '' ? ['the first part of CHANGELOG.md is empty'] : []),
  ]
}

function treeFaults() {
  const changed = execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' })
  return changed.trim() === '' ? [] : ['there are changes that are not committed']
}

/** @param {import('./platforms.mjs').Platform} platform @returns {string[]} */
function addonFaults(platform) {
  const file = join(root, 'prebuilds', folderOf(platform), fileOf(platform))
  if (!existsSync(file)) {
    return values.all && !platform.cuda ? [`${platform.name} has no addon`] : []
  }
  // objdump of one processor reads the headers of all
  if (platform.os !== 'linux' || process.platform !== 'linux') return []
  const found = inspect(file)
  return faultsOf(found, { ...platform, newestGlibc }).map(fault => `${platform.name}: ${fault}`)
}
