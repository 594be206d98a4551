// @ts-check
/** What reads JSON, with a good file of each kind: the damaged one is put in its place, and used as far as it goes. */
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  compressFile,
  exportedAnswers,
  inOrder,
  mergeCompressed,
  mergeResults,
  parseStudy,
  readDataset,
  readHeadProfile,
  readLabelledTraces,
  readResults,
  rescoreResults,
  StudyFolder,
  studyJson,
  summarize,
} from '../../dist/experiment/index.js'
import { embeddedModel, ownAnswer, prune, readTrace, scoreWith, segment } from '../../dist/index.js'
import {
  html,
  renderProblems,
  renderSteps,
  renderStudies,
  renderTable,
} from '../../dist/report/index.js'
import { fakeCompressSession } from '../support/fake-compress.mjs'

const good = fileURLToPath(new URL('good/', import.meta.url))
/** @param {string} name */
const goodText = name => readFileSync(join(good, name), 'utf8')
const embedded = await embeddedModel()

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {string} text a good one
 * @property {RegExp} place what the message of an error names
 * @property {(folder: string, bytes: Uint8Array) => Promise<unknown>} use
 */

/** @param {string} folder @param {string} name @param {Uint8Array} bytes */
function put(folder, name, bytes) {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

/** As whoever reads a file does; what is no JSON is not ours to say. @param {Uint8Array} bytes */
function parsed(bytes) {
  try {
    return { value: JSON.parse(new TextDecoder().decode(bytes)) }
  } catch {
    return null
  }
}

/** All that is pure and takes a trace. @param {unknown} value */
function useTrace(value) {
  const trace = readTrace(value)
  ownAnswer(trace)
  const steps = segment(trace)
  const scored = scoreWith(steps, 'recency')
  if (scored.steps.length > 0) prune(scored, { threshold: 0.5 })
  if ('scores' in trace && 'steps' in trace) {
    const own = /** @type {import('../../types/public.d.ts').ScoredTrace} */ (trace)
    if (own.steps.length > 0) prune(own, { threshold: 0.5, protect: { first: 1 } })
    if ('kept' in own) {
      const { kept } = /** @type {import('../../types/public.d.ts').PrunedTrace} */ (own)
      const shown = own.steps.map((step, i) => ({ ...step, score: own.scores[i] ?? 0 }))
      renderSteps(shown, { kept })
    }
  }
}

/** @param {string} folder */
async function useResults(folder) {
  const { run, results, failed } = await readResults(folder)
  const summary = summarize(inOrder(results), run.context)
  await renderTable(summary)
  await renderProblems(results)
  html(results, summary, { run, failed, pictures: {} })
  exportedAnswers(results)
  const out = join(folder, 'out')
  rmSync(out, { recursive: true, force: true })
  await mergeResults([folder], out)
  await rescoreResults(folder, join(folder, 'rescored'))
}

/** @param {string} name @returns {Subject} */
const resultsWith = name => ({
  name: `results/${name}`,
  text: goodText(`results/${name}`),
  place: /results|run\.json|rescored/,
  use: async (folder, bytes) => {
    cpSync(join(good, 'results'), folder, { recursive: true })
    put(folder, name, bytes)
    await useResults(folder)
  },
})

const compressSource = {
  model: { name: 'fake', path: join(good, 'model'), chatTemplate: null, thinking: null },
  contextLength: undefined,
  build: JSON.parse(goodText('compressed.run.json')).build,
}

/** @type {readonly Subject[]} */
export const subjects = [
  {
    name: 'trace',
    text: goodText('trace.json'),
    place: /trace|step|score|option/,
    use: async (_, bytes) => {
      const read = parsed(bytes)
      if (read !== null) useTrace(read.value)
    },
  },
  resultsWith('run.json'),
  resultsWith('results.jsonl'),
  resultsWith('results.json'),
  {
    name: 'study',
    text: goodText('study.json'),
    place: /study\.json/,
    use: async (folder, bytes) => {
      const path = put(folder, 'study.json', bytes)
      const study = parseStudy(readFileSync(path, 'utf8'), path)
      await renderStudies([study])
      studyJson(study)
    },
  },
  {
    name: 'a study that goes on',
    text: goodText('study.json'),
    place: /study/,
    use: async (folder, bytes) => {
      put(folder, 'study.json', bytes)
      const now = parseStudy(goodText('study.json'), 'now')
      await (await StudyFolder.open(folder, now, { resume: true })).close()
    },
  },
  {
    name: 'traces of a study',
    text: goodText('solved.jsonl'),
    place: /traces\.jsonl/,
    use: async (folder, bytes) => {
      copyFileSync(join(good, 'study.json'), join(folder, 'study.json'))
      put(folder, 'traces.jsonl', bytes)
      const now = parseStudy(goodText('study.json'), 'now')
      const opened = await StudyFolder.open(folder, now, { resume: true })
      await opened.close()
      for (const { trace } of opened.solved) useTrace(trace)
    },
  },
  {
    name: 'data set',
    text: readFileSync(embedded.problems, 'utf8').split('\n').slice(0, 3).join('\n'),
    place: /data\.jsonl/,
    use: async (folder, bytes) => readDataset(put(folder, 'data.jsonl', bytes)),
  },
  {
    name: 'data set, one list',
    text: JSON.stringify([
      {
        id: 1,
        question: 'What is 1 + 1?',
        answer: ['2', 2],
        choices: { label: ['A'], text: ['2'] },
      },
      { id: 2, problem: 'Why?', solution: '\\boxed{7}', note: null },
    ]),
    place: /data\.json/,
    use: async (folder, bytes) => readDataset(put(folder, 'data.json', bytes)),
  },
  {
    name: 'labelled traces',
    text: readFileSync(embedded.study, 'utf8').split('\n').slice(0, 2).join('\n'),
    place: /labelled\.jsonl/,
    use: async (folder, bytes) => readLabelledTraces(put(folder, 'labelled.jsonl', bytes)),
  },
  {
    name: 'profile of heads',
    text: readFileSync(embedded.heads, 'utf8'),
    place: /heads\.json/,
    use: async (folder, bytes) => readHeadProfile(put(folder, 'heads.json', bytes), embedded.model),
  },
  {
    name: 'state of a compression',
    text: goodText('compressed.run.json'),
    place: /compressed/,
    use: async (folder, bytes) => {
      for (const name of ['rows.jsonl', 'compressed', 'compressed.report.jsonl']) {
        copyFileSync(join(good, name), join(folder, name))
      }
      put(folder, 'compressed.run.json', bytes)
      const out = join(folder, 'compressed')
      const merged = join(folder, 'merged-compressed')
      rmSync(merged, { force: true })
      const results = await Promise.allSettled([
        mergeCompressed([out], merged),
        compressFile({
          input: join(folder, 'rows.jsonl'),
          out,
          resume: true,
          session: fakeCompressSession(),
          source: compressSource,
        }),
      ])
      for (const one of results) if (one.status === 'rejected') throw one.reason
    },
  },
  {
    name: 'rows of a compression',
    text: goodText('rows.jsonl'),
    place: /rows|line/,
    use: async (folder, bytes) => {
      const input = put(folder, 'rows.jsonl', bytes)
      const out = join(folder, 'written')
      for (const end of ['', '.run.json', '.report.jsonl']) rmSync(`${out}${end}`, { force: true })
      await compressFile({ input, out, session: fakeCompressSession(), source: compressSource })
    },
  },
]
