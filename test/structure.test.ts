/** The seams of CONTRIBUTING.md, as rules over the sources. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import t from 'tap'
import { packageFolder } from '../dist/native.js'

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

t.test('napi.h is included by napi_setup.h and by nothing else', async t => {
  const includes = found(cpp, /#include\s*(<(napi|node_api|js_native)|"(napi|node_api)\.h")/)
  t.equal(includes.length, 1)
  t.match(includes[0], /^native\/napi_setup\.h:/)
})

t.test('the engine does not know JavaScript', async t => {
  t.strictSame(found(cpp.filter(inEngine), /napi|node_api|v8::|uv_/i), [])
  t.strictSame(found(cpp.filter(inEngine), /#include\s*"\.\.\//), [])
})

t.test('the binding does not know llama.cpp', async t => {
  const outside = cpp.filter(not(inEngine)).filter(({ path }) => !path.startsWith('native/vendor/'))
  t.strictSame(found(outside, /#include\s*[<"](llama|ggml|gguf|jinja)/), [])
  t.strictSame(found(outside, /\b(llama|ggml|gguf)_\w+\(/), [])
})

t.test('the engine uses public headers, the patch and the template renderer only', async t => {
  const allowed =
    /#include\s*[<"](llama\.h|llama-attn\.h|ggml[\w-]*\.h|gguf\.h|jinja\/[\w-]+\.h)[>"]/
  const vendored = found(
    cpp.filter(inEngine),
    /#include\s*[<"](llama|ggml|gguf\.h|jinja|common|src\/)/,
  )
  t.ok(vendored.length > 0)
  t.strictSame(
    vendored.filter(line => !allowed.test(line)),
    [],
  )
})

t.test('the addon reads no option by name and has one class of job', async t => {
  const binding = cpp.filter(not(inEngine))
  t.strictSame(found(binding, /\.Get\("/), [])
  t.equal(found(cpp, /public Napi::(AsyncWorker|AsyncProgress)/).length, 1)
})

t.test('argument errors are made in lib/errors.ts', async t => {
  const others = lib.filter(({ path }) => path !== 'lib/errors.ts')
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

/** Folders that the core must not need: it is what they are built on. */
const outer = ['lib/cli/', 'lib/experiment/', 'lib/report/']

/** What a source imports from lib/, from the package's folder. */
const importsOf = ({ path, text }: Source): string[] =>
  Array.from(text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g), ([, target = '']) =>
    relative('.', join(dirname(path), target))
      .split(sep)
      .join('/'),
  )

t.test('the core imports nothing from experiment, report and cli', async t => {
  const core = lib.filter(({ path }) => !outer.some(folder => path.startsWith(folder)))
  t.ok(core.length > 15)
  for (const source of core) {
    const wrong = importsOf(source).filter(path => outer.some(folder => path.startsWith(folder)))
    t.strictSame(wrong, [], source.path)
  }
})

t.test(
  'the addon is loaded in lib/native.ts, and the command only uses what is public',
  async t => {
    const others = lib.filter(({ path }) => path !== 'lib/native.ts')
    t.strictSame(found(others, /node-gyp-build|\.node'/), [])
    const native = lib.filter(source => importsOf(source).includes('lib/native.js'))
    const users = native.map(({ path }) => path).sort()
    t.comment(users.join(' '))
    for (const path of users) t.notMatch(path, /^lib\/(options|rules|splitters|observers)\//)
  },
)
