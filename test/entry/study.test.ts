/** The problems and the labelled traces of the embedded model: what the language promises of them. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import {
  auc,
  type LabelledTrace,
  readLabelledTraces,
  studyTraces,
} from '../../dist/experiment/index.js'

interface Row {
  readonly id: string
  readonly kind: string
  readonly problem: string
  readonly answer: number
}

const rows = (path: string): Row[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

const problems = join(packageFolder, 'models/tiny-reasoner/problems.jsonl')

/** The rule of models/tiny-reasoner/problems.py: such problems never come into the training stream. */
const isHeldOut = (problem: string): boolean =>
  createHash('sha256').update(problem).digest().readUInt8(0) % 64 === 0

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

t.test('at least 200 different held-out problems of four kinds, answers 0 to 999', async t => {
  const all = rows(problems)
  t.ok(all.length >= 200)
  t.equal(new Set(all.map(row => row.problem)).size, all.length)
  t.equal(new Set(all.map(row => row.id)).size, all.length)
  t.ok(new Set(all.map(row => row.kind)).size >= 4)
  for (const { id, problem, answer } of all) {
    if (!isHeldOut(problem)) t.fail(`${id} could be in the training stream`)
    if (!(Number.isInteger(answer) && answer >= 0 && answer <= 999)) t.fail(`${id}: ${answer}`)
  }
})

t.test('100 labelled traces of 6 to 20 steps, one kind never trained on', async t => {
  const traces = await studyTraces()
  t.equal(traces.length, 100)
  t.strictSame(
    [...new Set(traces.filter(trace => !trace.trained).map(trace => trace.kind))],
    ['rate'],
  )
  t.ok(new Set(traces.filter(trace => trace.trained).map(trace => trace.kind)).size >= 4)
  const judged = new Set(rows(problems).map(row => row.problem))
  for (const { id, problem, steps, needed, reply } of traces) {
    t.ok(steps.length >= 6 && steps.length <= 20, `${id}: ${steps.length} steps`)
    t.ok(needed.length > 0 && needed.includes(steps.length - 1), `${id}: the last step is needed`)
    t.match(reply, /\\boxed\{\d+\}/)
    if (!isHeldOut(problem)) t.fail(`${id} could be in the training stream`)
    if (judged.has(problem)) t.fail(`${id} is also among the problems`)
  }
})

const openingOf = (step: string) => step.slice(0, step.indexOf(','))

/** By opening, the share of needed steps among those that open so. */
function openingRates(traces: readonly LabelledTrace[]): ReadonlyMap<string, number> {
  const counts = new Map<string, { needed: number; all: number }>()
  for (const { steps, needed } of traces) {
    for (const [index, step] of steps.entries()) {
      const count = counts.get(openingOf(step)) ?? { needed: 0, all: 0 }
      count.all++
      if (needed.includes(index)) count.needed++
      counts.set(openingOf(step), count)
    }
  }
  return new Map([...counts].map(([name, { needed, all }]) => [name, needed / all]))
}

t.test('neither position nor length nor the opening tells what is needed', async t => {
  const traces = await studyTraces()
  const scores: Record<string, (trace: LabelledTrace) => number[]> = {
    recency: ({ steps }) => steps.map((_, index) => index),
    length: ({ steps }) => steps.map(step => step.length),
    // as known from all other traces
    opening: trace => {
      const rates = openingRates(traces.filter(other => other !== trace))
      return trace.steps.map(step => rates.get(openingOf(step)) ?? 0)
    },
  }
  for (const [name, score] of Object.entries(scores)) {
    for (const last of [true, false]) {
      const values = traces.flatMap(trace => {
        const shown = score(trace).slice(0, last ? undefined : -1)
        return (
          auc(
            shown,
            shown.map((_, index) => trace.needed.includes(index)),
          ) ?? []
        )
      })
      const found = average(values)
      t.comment(`${name}, last step ${last ? 'in' : 'out'}: AUC ${found.toFixed(3)}`)
      t.ok(found >= 0.4 && found <= 0.6, `${name}: ${found}`)
    }
  }
})

t.test('a file of traces that is not one is named with its line', async t => {
  const good = JSON.stringify({ kind: 'k', problem: 'p', reply: 'r', steps: ['a'], needed: [0] })
  const fails = async (text: string, message: RegExp) => {
    const path = `${t.testdir({ 'traces.jsonl': text })}/traces.jsonl`
    await t.rejects(readLabelledTraces(path), { code: 'ERR_DATASET', message })
  }
  await fails('', /has no traces/)
  await fails(`${good}\n{`, /traces\.jsonl:2: not valid JSON/)
  await fails(good.replace('"a"', '1'), /:1: "steps" must be/)
  await fails(good.replace('[0]', '[1]'), /:1: "needed" must be indices/)
  await fails(good.replace('"kind":"k",', ''), /:1: "kind" must be text/)
  await fails('null', /:1: "steps" must be/)
})
