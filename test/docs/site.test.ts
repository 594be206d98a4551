/**
 * What the site is made of, without building it (`npm run docs` does): links of pages lead somewhere, every page is in the navigation, every
 * export says what it is; and what looks at the built site sees faults.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, sep } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { packageFolder } from '../../dist/base/package.js'
import { errorCodes } from '../../dist/index.js'
import { faultsOf } from '../../docs/site/faults.mjs'
import { navigation } from '../../docs/site/navigation.mjs'

const read = (page: string): string => readFileSync(join(packageFolder, page), 'utf8')

const inDocs = readdirSync(join(packageFolder, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.md'))
  .map(name => `docs/${name.split(sep).join('/')}`)
const pages = [...new Set(['README.md', ...inDocs, ...Object.values(navigation).flat()])]

/** A page without what is code in it. */
const prose = (page: string): string =>
  read(page)
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .replace(/`[^`\n]+`/g, code => code.replace(/[[\]()]/g, ''))

/** As GitHub and the site name a heading: small letters, no marks, hyphens; again with a number. */
function anchorsOf(page: string): ReadonlySet<string> {
  const found = new Map<string, number>()
  for (const [, heading = ''] of read(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-')
    found.set(slug, (found.get(slug) ?? -1) + 1)
  }
  return new Set(
    [...found].flatMap(([slug, more]) =>
      Array.from({ length: more + 1 }, (_, i) => (i === 0 ? slug : `${slug}-${i}`)),
    ),
  )
}

for (const page of pages) {
  t.test(`links of ${page} lead somewhere`, async t => {
    for (const [, to = ''] of prose(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(to)) continue
      const [path = '', anchor] = to.split('#')
      const target = path === '' ? page : posix.join(posix.dirname(page), path)
      t.ok(existsSync(join(packageFolder, target)), `${to} is there`)
      if (anchor !== undefined) t.ok(anchorsOf(target).has(anchor), `${to} has its heading`)
    }
  })
}

t.test('every page is in the navigation once, and has a heading', async t => {
  const listed = Object.values(navigation).flat()
  t.strictSame([...new Set(listed)], listed)
  t.strictSame(
    inDocs.filter(page => !listed.includes(page)),
    [],
  )
  for (const page of listed) t.match(read(page), /^# \S/, page)
})

/* ---- doc comments ------------------------------------------------------------------------- */

interface Documented {
  /** `cot-prune/report: html`, or with the method behind it. */
  readonly name: string
  readonly text: string
  readonly tags: string
}

/** What an editor shows of every export, and of every method of those that have some. */
function exported(): readonly Documented[] {
  const files = ['', 'experiment/', 'report/', 'serve/', 'ai/'].map(room =>
    join(packageFolder, `dist/${room}index.d.ts`),
  )
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: [] }
  const program = ts.createProgram(files, options)
  const checker = program.getTypeChecker()
  const documented = (name: string, symbol: ts.Symbol): Documented => ({
    name,
    text: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    tags: symbol
      .getJsDocTags(checker)
      .map(({ text }) => ts.displayPartsToString(text))
      .join('\n'),
  })
  const isOurs = (symbol: ts.Symbol): boolean =>
    symbol.declarations?.some(node => !/node_modules/.test(node.getSourceFile().fileName)) ?? false
  const methodsOf = (symbol: ts.Symbol): readonly ts.Symbol[] =>
    [...(symbol.members?.values() ?? [])].filter(
      member =>
        member.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Accessor) &&
        !member.name.startsWith('__#'),
    )
  return files.flatMap(file => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} exports nothing`)
    return checker.getExportsOfModule(module).flatMap(found => {
      const symbol = found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found
      if (!isOurs(symbol)) return []
      const room = basename(dirname(file))
      const name = `${room === 'dist' ? 'cot-prune' : `cot-prune/${room}`}: ${found.name}`
      return [
        documented(name, symbol),
        ...methodsOf(symbol).map(method => documented(`${name}.${method.name}`, method)),
      ]
    })
  })
}

const everything = exported()

t.test('every export says what it is, and every method what it does', async t => {
  t.ok(everything.length > 500, String(everything.length))
  t.strictSame(
    everything.filter(({ text }) => text.trim() === '').map(({ name }) => name),
    [],
  )
})

t.test('error codes in doc comments are codes that there are', async t => {
  const others = ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE']
  const known = new Set<string>([...errorCodes, ...others, 'ERR_UNKNOWN_OPTION', 'ERR_HUB_'])
  const named = everything.flatMap(({ name, text, tags }) =>
    Array.from((text + tags).matchAll(/\bERR_[A-Z_]+/g), ([code]) => ({ name, code })),
  )
  t.ok(named.length > 50, String(named.length))
  t.strictSame(
    named.filter(({ code }) => !known.has(code)),
    [],
  )
})

/* ---- the built site ----------------------------------------------------------------------- */

t.test('a built site is told what is wrong with it', async t => {
  const site = t.testdir({
    'index.html': [
      '<link rel="stylesheet" href="assets/a.css"><h1 id="here">x</h1>',
      '<a href="#here">fine</a> <a href="docs/b.html#there">fine</a> <a href="https://example.org">fine</a>',
      '<a href="docs/b.html#:~:text=a%20word">fine</a> <img src="data:image/png;base64,AA">',
      '<a href="#gone">1</a> <a href="docs/c.html">2</a> <a href="docs/b.html#gone">3</a>',
      '<a href="docs">4</a> <img src="https://example.org/p.png"> <script src="//example.org/s.js"></script>',
      '<a href="docs/b.html#:~:text=no%20word">7</a> <script>fetch("https://example.org/")</script>',
    ].join('\n'),
    docs: { 'b.html': '<p id="there">a word</p>' },
    assets: { 'a.css': '@import url(https://example.org/f.css); p { background: url("b.png") }' },
  })
  const { pages, faults } = faultsOf(site)
  t.equal(pages, 2)
  t.strictSame(faults, [
    'index.html: #gone leads nowhere',
    'index.html: docs/c.html leads nowhere',
    'index.html: docs/b.html#gone leads nowhere',
    'index.html: docs leads nowhere',
    'index.html loads https://example.org/p.png',
    'index.html loads //example.org/s.js',
    'index.html: docs/b.html#:~:text=no%20word leads nowhere',
    'index.html loads https://example.org/',
    'assets/a.css loads https://example.org/f.css',
  ])
})
