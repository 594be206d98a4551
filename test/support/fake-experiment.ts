/** Experiments on a fake session, as tests run them. */

import {
  type Dataset,
  type ExperimentOptions,
  type PresetName,
  type ProblemResult,
  runExperiment,
  summaryContext,
} from '../../dist/experiment/index.js'
import { type FakeScript, fakeSession } from './fake-session.js'

export const dataset = (...rows: Partial<Dataset['problems'][number]>[]): Dataset => ({
  name: 'fake',
  path: null,
  problems: rows.map((row, i) => ({ id: `p${i}`, problem: `problem ${i}`, answer: '7', ...row })),
})

export async function run(
  script: FakeScript,
  options: Partial<ExperimentOptions> & { dataset: Dataset },
): Promise<{ session: ReturnType<typeof fakeSession>; results: ProblemResult[] }> {
  const session = fakeSession(script)
  const results: ProblemResult[] = []
  for await (const result of runExperiment({ session, ...options })) results.push(result)
  return { session, results }
}

export const only = (results: readonly ProblemResult[]): ProblemResult => {
  const [result] = results
  if (!result || results.length !== 1) throw new Error(`${results.length} results`)
  return result
}

export const attention = (threshold: number) => ({ method: 'attention', threshold })

/** Four steps; the lower the letter, the more important. */
export const steps = ['aaaa aaaa aaaa', 'bbbb bbbb bbbb', 'cccc cccc cccc', 'dddd dddd dddd']
export const scoreOf = (text: string) => ({ a: 4, b: 3, c: 2, d: 1 })[text.charAt(0)] ?? 0
export const thought = (answer: string) => `<think>\n${steps.join('\n\n')}\n</think>\n\n${answer}`

export const context = (set: Dataset, preset: PresetName = 'recommended') =>
  summaryContext({ session: fakeSession({ reply: () => '' }), dataset: set, preset })
