/**
 * Every architecture with everything that is done with a model: each cell passes or is refused with a code.
 * docs/models.md shows the table that comes out. COT_PRUNE_WRITE_MODELS=1 writes it there; without, it is compared.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { thinkingFormats } from '../../dist/engine/thinking-formats.js'
import { CotPruneError, loadModel, segment } from '../../dist/index.js'
import { type Cell, cells, exact, known, type Place, small } from '../support/architectures.js'
import { path, run, segmenting } from '../support/in-flight.js'
import { families } from '../support/tiny/families.mjs'
import type { TinyArchitecture } from '../support/tiny-models.mjs'

t.setTimeout(300_000)

const page = join(packageFolder, 'docs/models.md')
const names = Object.keys(families) as TinyArchitecture[]

/** A refusal is a result; anything else that is thrown is a failure. */
async function outcome(cell: Cell, place: Place): Promise<string> {
  try {
    return await cell(place)
  } catch (error) {
    if (CotPruneError.is(error)) return `\`${error.code}\``
    throw error
  }
}

const found = new Map<TinyArchitecture, readonly string[]>()

for (const arch of names) {
  t.test(arch, async t => {
    const model = await loadModel(path({ ...small, arch }))
    t.teardown(() => model.close())
    t.equal(model.info.architecture, arch)
    const memory = families[arch].memory ?? 'cells'
    t.match(model.info, { recurrent: memory !== 'cells', hybrid: memory === 'hybrid' })
    const words: string[] = []
    for (const [name, cell] of Object.entries(cells)) {
      // each begins with a session of its own: nothing that one leaves helps the next
      const session = await model.createSession({ contextLength: 512, threads: 1, ...exact })
      const trace = segment((await run(session, {})).trace, segmenting)
      const folder = t.testdir()
      const word = await outcome(cell, { arch, model, session, trace, folder }).catch(error => {
        t.fail(`${name}: ${error.stack}`)
        return 'fails'
      })
      words.push(word)
      t.comment(`${name}: ${word}`)
      await session.close()
    }
    found.set(arch, words)
  })
}

t.test('docs/models.md shows what was found', async t => {
  const formats = new Set(['–', ...thinkingFormats.map(({ name }) => name)])
  const rows = names.map(arch => {
    const [models, format] = known[arch]
    t.ok(formats.has(format), `${arch}: ${format} is a thinking format`)
    return [`\`${arch}\``, models, format, ...(found.get(arch) ?? [])]
  })
  const head = ['architecture', 'models', 'thinking', ...Object.keys(cells)]
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`
  const table = [head, head.map(() => '---'), ...rows].map(line).join('\n')
  const text = await readFile(page, 'utf8')
  const shown = /^\|.*\|$(\n\|.*\|$)*/m.exec(text)?.[0] ?? ''
  if (process.env.COT_PRUNE_WRITE_MODELS === '1') {
    await writeFile(
      page,
      text.replace(shown, () => table),
    )
  } else {
    t.equal(shown, table, 'the page and what was found agree')
  }
})
