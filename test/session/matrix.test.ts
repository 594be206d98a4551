/** Every splitter with every observer or scorer and every rule, one's own included, on a model. */

import t, { type Test } from 'tap'
import {
  type CustomRule,
  loadModel,
  type Observer,
  type PruneOptions,
  prune,
  type ScoredTrace,
  type Scorer,
  type Splitter,
  scoreWith,
  segment,
} from '../../dist/index.js'
import { problemMessages, reasonerPath } from '../support/reasoner.js'

t.setTimeout(300_000)

const halves: Splitter = {
  name: 'halves',
  split: thinking => [
    { start: 0, end: thinking.length >> 1 },
    { start: thinking.length >> 1, end: thinking.length },
  ],
}
const firstStep: Observer = {
  name: 'first-step',
  observe: ({ steps }) => ({ tokens: steps[0]?.tokenEnd ?? 1, probe: ' So' }),
}
const digits: Scorer = {
  name: 'digits',
  score: ({ steps }) => steps.map(({ text }) => text.replace(/\D/g, '').length),
}
const even: CustomRule = {
  name: 'even',
  keep: (_, steps) => steps.map(({ index }) => index % 2 === 0),
}

const splitters = [
  'paragraph',
  'control-words',
  'control-words-traac-code',
  'sentence',
  'line',
  halves,
] as const
const observers = [
  'last-token',
  'think-end',
  'think-clearly',
  'traac',
  'window',
  firstStep,
] as const
const scorers = ['random', 'recency', 'length', 'confidence', 'confidence-traac', digits] as const
const rules: readonly PruneOptions[] = [
  { threshold: 0.4 },
  { ratio: 0.3 },
  { keep: 2 },
  { uniformity: 0.6 },
  { tokenBudget: 40 },
  { rule: even },
]

const nameOf = (choice: string | { readonly name: string }) =>
  typeof choice === 'string' ? choice : choice.name

/** Kept and removed are all steps; what is left and what is gone are the steps' tokens. */
function check(t: Test, scored: ScoredTrace, options: PruneOptions, name: string): void {
  const { steps, scores } = scored
  const finite = scores.every(score => score >= 0 && score < Number.POSITIVE_INFINITY)
  if (scores.length !== steps.length || !finite) t.fail(`${name}: scores ${scores}`)
  const { kept, removed, removedTokens, prunedTokens } = prune(scored, {
    ...options,
    protect: { last: 1 },
  })
  const all = [...kept, ...removed].sort((a, b) => a - b)
  if (all.some((index, i) => index !== i) || all.length !== steps.length) {
    t.fail(`${name}: kept ${kept}, removed ${removed}`)
  }
  if (!kept.includes(steps.length - 1)) t.fail(`${name}: the protected step is gone`)
  const gone = removedTokens.reduce((sum, { start, end }) => sum + end - start, 0)
  const total = steps.reduce((sum, { tokenStart, tokenEnd }) => sum + tokenEnd - tokenStart, 0)
  if (gone + prunedTokens.length !== total) t.fail(`${name}: ${gone} tokens gone`)
}

t.test('scores are finite, kept and removed are all steps, spans tile', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const [messages = []] = await problemMessages(1)
  const trace = await session.generate(messages, { maxTokens: 900, certainty: 20 }).finish()
  let combinations = 0
  for (const splitter of splitters) {
    const segmented = segment(trace, { splitter, minCharacters: 1 })
    const { steps, thinking } = segmented
    for (const [i, step] of steps.entries()) {
      const next = steps[i + 1]?.tokenStart ?? thinking.tokenEnd
      if (step.tokenEnd !== next) t.fail(`${nameOf(splitter)}: step ${i} ends before the next`)
    }
    const ways: [string, ScoredTrace][] = []
    for (const observer of observers) {
      const scored = await session.scoreSteps(segmented, { observer, perToken: true })
      ways.push([nameOf(observer), scored])
    }
    for (const scorer of scorers) ways.push([nameOf(scorer), scoreWith(segmented, scorer)])
    for (const [way, scored] of ways) {
      for (const options of rules) {
        const rule = Object.keys(options)[0]
        check(t, scored, options, `${nameOf(splitter)} × ${way} × ${rule}`)
        combinations++
      }
    }
  }
  t.equal(combinations, splitters.length * (observers.length + scorers.length) * rules.length)
})
