// @ts-check
/** Small programs of people who have installed cot-prune, written into a folder; each prints `ok` at its end. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const readme = fileURLToPath(new URL('../../README.md', import.meta.url))

/** The example of the README, with the embedded model and a problem of its own. */
export function example() {
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8')) ?? []
  const replaced = code
    .replace(/\bresolveModel\b/, 'embeddedModel')
    .replace(/const \{ path \} = .*\n/, 'const { model: path } = await embeddedModel()\n')
    .replace("'What is 12 * 13?'", 'problem')
  if (!replaced.includes('{ model: path }') || !replaced.includes('content: problem')) {
    throw new Error('the example of the README is not what this test knows')
  }
  const [imports = '', ...rest] = replaced.split(/\n\n/)
  return { imports, body: rest.join('\n\n') }
}

const problem = `const { problems } = await embeddedModel()
const { problem } = JSON.parse(readFileSync(problems, 'utf8').split('\\n')[0] ?? '')
`
const reading = "import { readFileSync } from 'node:fs'\n"
const end =
  "\nif (pruned.steps.length < 1) throw new Error('no steps')\nconsole.log(typeof answer, 'ok')\n"

/** Prints the milliseconds that it took from its start to the first token. */
const firstToken = `import { embeddedModel, loadModel, buildInfo } from 'cot-prune'
import { readFileSync } from 'node:fs'
const { model: path, problems } = await embeddedModel()
const { problem } = JSON.parse(readFileSync(problems, 'utf8').split('\\n')[0])
const model = await loadModel(path)
const session = await model.createSession({ contextLength: 2048 })
for await (const { text } of session.generate([{ role: 'user', content: problem }])) {
  console.log(JSON.stringify({ text, addon: buildInfo().addon, cpu: buildInfo().cpu }))
  break
}
await model.close()
console.log('ok')
`

const worker = `import { Worker, isMainThread, parentPort } from 'node:worker_threads'
import { embeddedModel, loadModel } from 'cot-prune'
if (isMainThread) {
  const one = new Worker(new URL(import.meta.url))
  const [text] = await new Promise((done, failed) => {
    one.on('message', done)
    one.on('error', failed)
  })
  console.log(text.length > 0 ? 'ok' : 'nothing')
} else {
  const model = await loadModel((await embeddedModel()).model)
  const session = await model.createSession({ contextLength: 512 })
  const trace = await session.generate('2+2', { maxTokens: 8 }).finish()
  parentPort.postMessage([trace.text])
  await model.close()
}
`

/** @param {string} code @param {ts.ModuleKind} module */
const compiled = (code, module) =>
  ts.transpileModule(code, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } })
    .outputText

/**
 * Writes them all; returns what is to be run, by name.
 * @param {string} folder
 */
export function writeConsumers(folder) {
  const { imports, body } = example()
  const typed = `${reading}${imports}\n\n${problem}\n${body}${end}`
  const inMain = `${reading}${imports}\n\nasync function main() {\n${problem}\n${body}${end}}\nmain().catch(error => { console.error(error); process.exitCode = 1 })\n`
  const files = {
    'first-token.mjs': firstToken,
    'worker.mjs': worker,
    'example.mts': typed,
    'example.mjs': compiled(typed, ts.ModuleKind.ES2022),
    'example.cjs': compiled(inMain, ts.ModuleKind.CommonJS),
    'required.cts': inMain,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return files
}
