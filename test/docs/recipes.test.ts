/**
 * Pages that are run from top to bottom: files are written, programs checked and run, and each prints what stands below it, where … is
 * anything, and a line of it any lines.
 */

import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { javascriptOf, typescriptFaults } from '../support/typescript-faults.js'

t.setTimeout(300_000)

interface Block {
  readonly language: string
  /** Of a file. */
  readonly name: string
  readonly text: string
}

const recipes = readdirSync(join(packageFolder, 'docs/recipes'))
const read = (path: string): string => readFileSync(join(packageFolder, path), 'utf8')
const pages = ['docs/ai-sdk.md', ...recipes.map(name => `docs/recipes/${name}`)].filter(
  path => path.endsWith('.md') && !path.endsWith('README.md'),
)

const blocksOf = (page: string): Block[] =>
  Array.from(
    read(page).matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm),
    ([, language = '', name = '', text = '']) => ({ language, name, text }),
  )

interface Output {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** In a folder where `npx cot-prune` is this package. */
function run(folder: string, command: string, args: readonly string[]): Promise<Output> {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const cli = join(packageFolder, 'dist/entry/cli/index.js')
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec '${process.execPath}' '${cli}' "$@"\n`)
  chmodSync(join(bin, 'npx'), 0o755)
  const env = { ...process.env, PATH: bin + delimiter + process.env.PATH, OMP_NUM_THREADS: '1' }
  return new Promise(done => {
    const child = execFile(command, args, { cwd: folder, env }, (_, stdout, stderr) =>
      done({ code: child.exitCode ?? 1, stdout, stderr }),
    )
  })
}

const python = async (): Promise<string | false> => {
  const { code } = await run(t.testdirName, 'python3', ['--version'])
  return code === 0 ? false : 'needs python3'
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What a page says is printed. */
const printed = (text: string): RegExp => {
  const lines = text.trimEnd().split('\n')
  const patterns = lines.map(line =>
    line === '…' ? '(?:.*\\n)*?.*' : escaped(line).replaceAll('…', '.*'),
  )
  return new RegExp(`^${patterns.join('\\n')}$`)
}

t.testdir({})
const missing = await python()

t.test('a page is short, and its table names all of them', async t => {
  const table = read('docs/recipes/README.md')
  for (const name of recipes) if (name !== 'README.md') t.match(table, `(${name})`)
  for (const page of pages) t.ok(read(page).split('\n').length <= 61, page)
})

t.test('programs compile against the published types', async t => {
  const folder = t.testdir({})
  const files = pages.flatMap((page, i) =>
    blocksOf(page)
      .filter(({ language }) => language === 'ts')
      .map(({ text }, j) => {
        const path = join(folder, `page-${i}-${j}.mts`)
        writeFileSync(path, text)
        return path
      }),
  )
  t.ok(files.length > 4)
  t.strictSame(typescriptFaults(files), [])
})

for (const page of pages) {
  const blocks = blocksOf(page)
  const skip = blocks.some(({ language }) => language === 'python') && missing
  t.test(`${page} prints what it says`, { skip }, async t => {
    const folder = t.testdir({})
    let last: Output | null = null
    let outputs = 0
    for (const [i, { language, name, text }] of blocks.entries()) {
      if (name !== '') writeFileSync(join(folder, name), text)
      else if (language === 'ts') {
        writeFileSync(join(folder, `${i}.mjs`), javascriptOf(text))
        last = await run(folder, process.execPath, [`${i}.mjs`])
      } else if (language === 'python') last = await run(folder, 'python3', ['-c', text])
      else if (language === 'text') {
        outputs++
        t.equal(last?.code, 0, last?.stderr ?? 'nothing was run')
        t.match(last?.stdout.trimEnd(), printed(text))
      }
    }
    t.ok(outputs > 0)
  })
}

interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string
    readonly source: readonly string[]
    readonly outputs?: readonly unknown[]
    readonly execution_count?: number | null
  }[]
}

t.test('the notebook runs from top to bottom, and has no outputs', { skip: missing }, async t => {
  const { cells } = JSON.parse(read('docs/recipes/python.ipynb')) as Notebook
  const code = cells.filter(({ cell_type }) => cell_type === 'code')
  for (const { outputs, execution_count } of code) {
    t.strictSame([outputs, execution_count], [[], null])
  }
  const script = code.map(({ source }) => source.join('')).join('\n\n')
  const { code: status, stdout, stderr } = await run(t.testdir({}), 'python3', ['-c', script])
  t.equal(status, 0, stderr)
  t.match(stdout, /scored by step-graph\n0\.\d\d #/)
  t.match(stdout, /whole: .*\\boxed\{115\}/)
  t.match(stdout, /tokens evicted in \d+ looks/)
  t.match(stdout, /ended with 0/)
})
