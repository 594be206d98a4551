/** The walls of CONTRIBUTING.md refuse what they are there to refuse, and nothing else. */

import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import t from 'tap'
import { packageFolder } from '../dist/base/package.js'
import { brokenWalls } from '../native/walls.mjs'

const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')

/** Core rooms, each of which may use those before it; written down once more, as the page has them. */
const core = [
  ...[
    'base',
    'engine',
    'hub',
    'trace',
    'generate',
    'segment',
    'score',
    'prune',
    'evaluate',
    'session',
  ],
]
/** Opt-in rooms, and which of the others each may use. */
const uses: Readonly<Record<string, readonly string[]>> = {
  experiment: [],
  report: ['experiment'],
  chat: ['experiment'],
  serve: ['experiment', 'report', 'chat'],
  ai: ['chat'],
  cluster: ['experiment'],
  entry: ['experiment', 'report', 'chat', 'serve', 'ai', 'cluster'],
}
const optIn = Object.keys(uses)

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

/** Paths of the files that a rule of the walls is broken in. */
async function refused(folder: string, rule: string): Promise<string[]> {
  copyFileSync(join(packageFolder, 'biome.walls.jsonc'), join(folder, 'biome.jsonc'))
  const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.']
  const output = await new Promise<string>(done => {
    execFile(process.execPath, args, { cwd: folder }, (_, stdout) => done(stdout))
  })
  const { diagnostics } = JSON.parse(output) as {
    readonly diagnostics: readonly {
      readonly category: string
      readonly location: { readonly path: string | { readonly file: string } }
    }[]
  }
  return diagnostics
    .filter(({ category }) => category.endsWith(rule))
    .map(({ location: { path } }) => (typeof path === 'string' ? path : path.file))
    .map(path => path.replaceAll('\\', '/'))
    .sort()
}

t.test('every room of lib is in the order', async t => {
  const rooms = readdirSync(join(packageFolder, 'lib')).filter(name => !name.endsWith('.ts'))
  t.strictSame(rooms.sort(), [...core, ...optIn].sort())
})

t.test('a room imports those before it, and none behind it', async t => {
  const folder = t.testdir({})
  const files: Record<string, string> = {}
  const wrong: string[] = []
  for (const [i, room] of [...core, ...optIn].entries()) {
    for (const [j, other] of [...core, ...optIn].entries()) {
      if (room === other) continue
      const path = `lib/${room}/uses-${other}.ts`
      files[path] = `import type { X } from '../${other}/x.js'\n\nexport type Y = X\n`
      const inOrder = (uses[room]?.includes(other) ?? j < i) || (i >= core.length && j === 0)
      if (!inOrder) wrong.push(path)
    }
    // a deeper file has a longer way
    files[`lib/${room}/inner/uses-entry.ts`] =
      `import { x } from '../../entry/x.js'\n\nexport const y = x\n`
    if (room !== 'entry') wrong.push(`lib/${room}/inner/uses-entry.ts`)
  }
  write(folder, files)
  t.strictSame(await refused(folder, 'noRestrictedImports'), wrong.sort())
})

t.test("opt-in rooms use the core's index", async t => {
  const folder = t.testdir({})
  const text = "import { prune } from '../index.js'\n\nexport const x = prune\n"
  write(folder, Object.fromEntries(optIn.map(room => [`lib/${room}/x.ts`, text])))
  t.strictSame(await refused(folder, 'noRestrictedImports'), [])
})

t.test('two files that need each other are refused, types included', async t => {
  const folder = t.testdir({})
  const file = (other: string) =>
    `import type { X } from './${other}.js'\n\nexport type X = X | null\n`
  write(folder, { 'lib/base/one.ts': file('two'), 'lib/base/two.ts': file('one') })
  t.strictSame(await refused(folder, 'noImportCycles'), ['lib/base/one.ts', 'lib/base/two.ts'])
})

t.test('the sides of the addon', async t => {
  t.strictSame(brokenWalls(packageFolder), [])
  const folder = t.testdir({})
  write(folder, {
    'native/binding.cc': '#include <llama.h>\nint x = llama_n_ctx(nullptr);  // llama_\n',
    'native/other.h': '#include <napi.h>\n',
    'native/napi_setup.h': '#include <napi.h>\n',
    'native/engine/a.cc': '#include "../napi_args.h"\n#include "llama-model.h"\n',
    'native/engine/b.cc': '#include <llama.h>\n#include "jinja/parser.h"\n/* napi */\n',
  })
  t.strictSame(brokenWalls(folder).sort(), [
    'native/binding.cc:1: the binding does not know llama.cpp',
    'native/binding.cc:2: the binding does not know llama.cpp',
    'native/engine/a.cc:1: the engine does not know JavaScript',
    'native/engine/a.cc:1: the engine includes nothing from outside',
    "native/engine/a.cc:2: llama.cpp's public headers, our patch's and the template renderer's only",
    'native/other.h:1: napi_setup.h alone includes napi.h',
  ])
  t.match(readFileSync(join(packageFolder, 'package.json'), 'utf8'), /node native\/walls\.mjs/)
})
