/** Rules over the sources that no linter knows; the walls are in walls.test.ts. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import t from 'tap'
import { packageFolder } from '../dist/base/package.js'

interface Source {
  /** From the package's folder, with slashes. */
  readonly path: string
  readonly text: string
}

/** Our own sources; what is vendored or generated is not ours. */
function sourcesOf(folder: string, extensions: RegExp): Source[] {
  const entries = readdirSync(join(packageFolder, folder), { recursive: true, encoding: 'utf8' })
  return entries
    .map(entry => join(folder, entry).split(sep).join('/'))
    .filter(
      path => extensions.test(path) && !/(^|\/)(llama\.cpp|golden|node_modules)(\/|$)/.test(path),
    )
    .map(path => ({ path, text: readFileSync(join(packageFolder, path), 'utf8') }))
}

const cpp = sourcesOf('native', /\.(h|cc|cpp)$/)
const lib = sourcesOf('lib', /\.ts$/)
const typescript = [...lib, ...sourcesOf('types', /\.ts$/), ...sourcesOf('test', /\.m?ts$/)]

/** Lines of sources that match, as `path:line: text`; rules look at code, not at comments. */
function found(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ path, text }) =>
    text
      .replace(/\/\*[\s\S]*?\*\//g, comment => comment.replace(/[^\n]/g, ' '))
      .split('\n')
      .map(line => line.replace(/(^|\s)\/\/.*$/, ''))
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  )
}

const inEngine = ({ path }: Source) => path.startsWith('native/engine/')
const not =
  (rule: (source: Source) => boolean) =>
  (source: Source): boolean =>
    !rule(source)

t.test('there is something to look at', async t => {
  for (const sources of [cpp, lib, typescript, cpp.filter(inEngine)]) t.ok(sources.length > 5)
})

t.test('the addon reads no option by name and has one class of job', async t => {
  const binding = cpp.filter(not(inEngine))
  t.strictSame(found(binding, /\.Get\("/), [])
  t.equal(found(cpp, /public Napi::(AsyncWorker|AsyncProgress)/).length, 1)
})

t.test('argument errors are made in lib/base/errors.ts', async t => {
  const others = lib.filter(({ path }) => path !== 'lib/base/errors.ts')
  t.strictSame(found(others, /new (TypeError|RangeError)\b/), [])
  t.ok(found(lib, /new (TypeError|RangeError)\b/).length >= 2)
})

t.test('nothing is any, and nothing is silenced', async t => {
  // words in strings are not code
  const code = typescript.map(({ path, text }) => ({
    path,
    text: text.replace(/'[^'\n]*'/g, "''"),
  }))
  t.strictSame(found(code, /(\w\??:|\bas|[|&]) any(?=[\s,;)\]=>|&])|\w<any\b>/), [])
  const silencing = /@ts-ignore|@ts-nocheck|biome-ignore/
  const silenced = [...lib, ...typescript].filter(
    ({ path, text }) => path !== 'test/structure.test.ts' && silencing.test(text),
  )
  t.strictSame(
    silenced.map(({ path }) => path),
    [],
  )
})

t.test('no file is longer than 400 lines', async t => {
  const types = sourcesOf('types', /\.ts$/)
  const all = [...cpp, ...lib, ...types, ...sourcesOf('test', /\.(m?ts|mjs|cc|py)$/)]
  const long = all
    .map(({ path, text }) => [path, text.split('\n').length - 1] as const)
    .filter(([, lines]) => lines > 400)
  t.strictSame(long, [])
})

t.test('the addon is loaded in one place', async t => {
  const loaders = ['lib/engine/addon.ts', 'lib/engine/native.ts']
  const others = lib.filter(({ path }) => !loaders.includes(path))
  t.strictSame(found(others, /cot_prune\.node|@cot-prune\/|\.node'/), [])
  t.equal(found(lib, /require\(file\) as Native/).length, 1)
})
