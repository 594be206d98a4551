// @ts-check
/** node test/hard/make-good.mjs: writes test/hard/good/, the files that fuzz-json.mjs damages, from the fakes of the tests. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const good = join(here, 'good')

/** Of TypeScript modules beside the tests. */
const source = `
import { ResultFolder, describeRun, runExperiment, studyJson } from '../../dist/experiment/index.js'
import { compressFile } from '../../dist/experiment/index.js'
import { prune } from '../../dist/index.js'
import { build } from '../support/fake-build.js'
import { fakeCompressSession } from '../support/fake-compress.mjs'
import { fakeSession } from '../support/fake-session.js'
import { fakeStudy, fullParts } from '../support/fake-study.js'
import { fakeScored } from '../support/fake-trace.js'
import { writeFileSync } from 'node:fs'

const text = value => JSON.stringify(value) + '\\n'
export async function make(good) {
  const scored = fakeScored([0.1, 0.4, 0.2, 0.3])
  writeFileSync(good + '/trace.json', text(prune(scored, { threshold: 0.5 })))
  writeFileSync(good + '/study.json', studyJson(fakeStudy('one', { parts: fullParts })))
  writeFileSync(good + '/solved.jsonl', ['a', 'b'].map(id => text({ id, correct: true, end: 'closed', trace: scored })).join(''))
  writeFileSync(good + '/model', 'weights')
  const source = {
    model: { name: 'fake', path: good + '/model', chatTemplate: null, thinking: null },
    contextLength: undefined,
    build,
  }
  const session = fakeSession({ reply: () => '<think>one two three four\\n\\nfive six seven</think>\\\\boxed{25}' })
  const problems = ['a', 'b'].map(id => ({ id, problem: 'Problem ' + id, answer: '25' }))
  const options = { session, dataset: { name: 'two', path: null, problems }, methods: ['recency', 'random'], thresholds: [0.5] }
  const folder = await ResultFolder.open(good + '/results', await describeRun(options, source))
  const results = []
  for await (const result of runExperiment(options)) { results.push(result); await folder.append(result) }
  await folder.finish(results)
  await folder.close()
  writeFileSync(good + '/rows.jsonl', [
    { problem: 'Why?', thinking: '5 a.\\n\\n1 b.\\n\\n9 c.', answer: 'It is 7.' },
    { messages: [{ role: 'user', content: 'Why?' }, { role: 'assistant', reasoning: '5 a.\\n\\n1 b.', content: '7' }], id: 2 },
  ].map(text).join(''))
  await compressFile({ input: good + '/rows.jsonl', out: good + '/compressed', session: fakeCompressSession(), source })
}
`

/** Where they were made is nobody's business. @param {string} folder */
function withoutPaths(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) withoutPaths(path)
    else writeFileSync(path, readFileSync(path, 'utf8').replaceAll(good, 'good'))
  }
}

rmSync(good, { recursive: true, force: true })
mkdirSync(good)
const bundle = join(here, '.make-good.bundle.mjs')
try {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: here, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    external: ['../../dist/*', '../../../dist/*'],
  })
  writeFileSync(bundle, outputFiles[0]?.contents ?? '')
  const { make } = await import(pathToFileURL(bundle).href)
  await make(good)
  withoutPaths(good)
} finally {
  rmSync(bundle, { force: true })
}
