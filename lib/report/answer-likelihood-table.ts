/** How likely the right answer is behind what each score keeps: a row a score, a column a mode and a size. */

import type { AnswerLikelihoodRow } from '../experiment/index.js'
import { tableOf } from './grid.js'

/** What `answerLikelihoods` found, as a table of text: a row a score, a column a mode and a share; natural logarithms. */
export async function renderAnswerLikelihoods(
  rows: readonly AnswerLikelihoodRow[],
): Promise<string> {
  const titleOf = ({ mode, removed }: AnswerLikelihoodRow) =>
    `${mode}, −${(100 * removed).toFixed(0)} %`
  const titles = [...new Set(rows.map(titleOf))]
  const names = [...new Set(rows.map(({ score }) => score))]
  const cell = (name: string, title: string) => {
    const row = rows.find(other => other.score === name && titleOf(other) === title)
    if (row === undefined) return '-'
    const { logprob, overRandom } = row
    const over = overRandom === null ? '' : ` (${overRandom.map(signed).join(' to ')})`
    return `${logprob.toFixed(2).replace('-', '−')}${over}`
  }
  const table = await tableOf(
    ['Score', ...titles],
    names.map(name => [name, ...titles.map(title => cell(name, title))]),
  )
  const note =
    'Log-probability of the right answer behind what is kept, the last step protected; in brackets the 95 % ' +
    'interval of the paired difference to random.'
  return `${table}\n${note}`
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
