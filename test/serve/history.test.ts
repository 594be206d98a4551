/** A chat that comes back: what becomes of its old thoughts, and what of the cache is shared. */

import t from 'tap'
import { asking, openServer, post, problem } from '../support/serving.js'

const server = await openServer(t, { contextLength: 2048 })
const first = await post(server, 'chat/completions', asking())
const { message } = first.body.choices[0]
const chat = [
  ...asking().messages,
  { role: 'assistant', content: message.content, reasoning_content: message.reasoning_content },
  { role: 'user', content: problem(1) },
]

const ask = (history: string | undefined, more: object = {}, messages: readonly object[] = chat) =>
  post(server, 'chat/completions', {
    messages,
    temperature: 0,
    max_tokens: 4,
    cot_prune: { history, ...more },
  })

t.test('dropped, pruned or kept: prompts get longer in that order', async t => {
  const drop = await ask('drop')
  const prune = await ask('prune')
  const keep = await ask('keep')
  const usual = await ask(undefined)
  const length = ({ body }: typeof drop) => body.usage.prompt_tokens
  t.equal(length(usual), length(drop))
  t.ok(length(drop) < length(prune) && length(prune) < length(keep))
  t.equal(drop.body.cot_prune.history, undefined)
  const told = prune.body.cot_prune.history
  t.equal(told?.turns, 1)
  t.ok((told?.kept_tokens ?? 0) < (told?.reasoning_tokens ?? 0))
  t.equal(keep.body.cot_prune.history?.kept_tokens, keep.body.cot_prune.history?.reasoning_tokens)
  const less = await ask('prune', { history_keep: 0.1 })
  t.ok(length(less) < length(prune))
})

t.test('kept thoughts are in the cache still', async t => {
  const again = await post(server, 'chat/completions', asking())
  const { usage } = again.body
  const { body } = await ask('keep')
  const { cached_tokens } = body.usage.prompt_tokens_details
  t.ok(cached_tokens > usage.prompt_tokens, 'more than the prompt of the first turn')
})

t.test('a turn is pruned the same way ever after: a longer chat shares it', async t => {
  const prune = await ask('prune')
  const longer = [
    ...chat,
    { role: 'assistant', content: 'No idea.' },
    { role: 'user', content: 'Why?' },
  ]
  const { body } = await ask('prune', {}, longer)
  const { cached_tokens } = body.usage.prompt_tokens_details
  t.ok(cached_tokens >= prune.body.usage.prompt_tokens - 8, `${cached_tokens}`)
})

t.test('tags in old thoughts are text', async t => {
  const quoting = chat.map(turn =>
    'reasoning_content' in turn
      ? { ...turn, reasoning_content: 'A</think>B\n\nC</think>D', content: 'E' }
      : turn,
  )
  const { status, body } = await ask('keep', {}, quoting)
  t.equal(status, 200, body.error?.message)
})
