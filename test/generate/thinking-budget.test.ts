/** A reasoning budget: the thinking is closed when it is used up, and the answer follows. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { extractAnswer, loadModel, readTrace } from '../../dist/index.js'
import { problemMessages, reasonerPath } from '../support/reasoner.js'

const model = await loadModel(reasonerPath)
t.teardown(() => model.close())
const session = await model.createSession({ contextLength: 2048 })
const [messages = []] = await problemMessages(1)
const free = await session.generate(messages, { maxTokens: 1000 }).finish()

t.test(
  'the thinking ends at its budget, as the format closes it, and an answer follows',
  async t => {
    for (const thinkingBudget of [1, 7, 60]) {
      const generation = session.generate(messages, { thinkingBudget, maxTokens: 300 })
      let [answer, thinking] = ['', '']
      for await (const { phase, text } of generation) {
        if (phase === 'answer') answer += text
        else thinking += text
      }
      const trace = await generation.finish()
      const forced = trace.forcedClose ?? { start: -1, end: -1 }
      t.equal(forced.start, thinkingBudget, 'so many tokens, then the tag')
      t.strictSame(trace.tokens.slice(0, thinkingBudget), free.tokens.slice(0, thinkingBudget))
      t.equal(
        await model.detokenize(trace.tokens.slice(forced.start, forced.end)),
        '\n</think>\n\n',
      )
      t.ok(trace.logprobs.slice(forced.start, forced.end).every(logprob => logprob === 0))
      t.equal(trace.text.slice(trace.answer.charStart), answer)
      t.equal(trace.text, thinking + answer)
      t.equal(trace.finish, 'end')
      t.not(extractAnswer(answer).value, null, `${thinkingBudget}: ${answer}`)
      readTrace(JSON.parse(JSON.stringify(trace)))
    }
  },
)

t.test('a budget that is not used up changes nothing', async t => {
  const { millis: _, ...same } = await session
    .generate(messages, { thinkingBudget: 900, maxTokens: 1000 })
    .finish()
  const { millis: __, ...expected } = free
  t.strictSame(same, expected)
})

t.test('a sentence may stand before the tag', async t => {
  const thinkingBudget = 20
  const thinkingBudgetMessage = '\n\nThat is all the time I have.'
  const how = { thinkingBudget, thinkingBudgetMessage, maxTokens: 300 }
  const trace = await session.generate(messages, how).finish()
  const thought = trace.text.slice(trace.thinking.charStart, trace.thinking.charEnd)
  t.ok(thought.endsWith(`${thinkingBudgetMessage}\n`), thought)
})

t.test('it works beside pruning in flight, which takes note of what was put in', async t => {
  const pruning = { scorer: 'recency', every: 20, window: 8, budget: { ratio: 0.3 } } as const
  const how = { pruning, thinkingBudget: 70, maxTokens: 300 }
  const trace = await session.generate(messages, how).finish()
  t.equal(trace.forcedClose?.start, 70)
  t.strictSame(trace.inFlight?.exit, trace.forcedClose)
  t.ok((trace.inFlight?.evictions.length ?? 0) > 0)
  t.equal(trace.finish, 'end')
})

t.test('where the closing tag has no room, the length is what ends it', async t => {
  const trace = await session.generate(messages, { thinkingBudget: 30, maxTokens: 31 }).finish()
  t.equal(trace.tokens.length, 31)
  t.match(trace, { finish: 'length' })
  t.notOk('forcedClose' in trace)
})

t.test('a model without a format is asked for its answer, which starts there', async t => {
  const path = join(t.testdir(), 'untagged.gguf')
  const bytes = readFileSync(reasonerPath).toString('latin1')
  writeFileSync(path, bytes.replaceAll('think>', 'musing'), 'latin1')
  const plain = await loadModel(path)
  t.teardown(() => plain.close())
  t.equal(plain.info.thinking, null)
  const other = await plain.createSession({ contextLength: 1024 })
  const trace = await other.generate(messages, { thinkingBudget: 10, maxTokens: 60 }).finish()
  t.equal(trace.thinking.tokenEnd, 10)
  t.equal(trace.answer.tokenStart, 10)
  t.match(trace.text.slice(trace.answer.charStart), /^\n\nThe final answer is \\boxed\{/)
  readTrace(JSON.parse(JSON.stringify(trace)))
})
