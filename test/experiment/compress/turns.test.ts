/** Which turns of somebody's rows think, and what rows cannot be read. */

import t from 'tap'
import { RowError } from '../../../dist/experiment/compress/row-fault.js'
import { thinkingTurns } from '../../../dist/experiment/compress/turns.js'
import { thinkingFormats } from '../../../dist/index.js'

const read = (row: unknown, system: string | null = null) =>
  thinkingTurns(row, thinkingFormats, system).map(({ text, range, ...turn }) => ({
    ...turn,
    thinking: text.slice(range.start, range.end),
  }))

const reasonOf = (row: unknown): string => {
  try {
    read(row)
    return 'none'
  } catch (error) {
    return error instanceof RowError ? error.fault.reason : 'another error'
  }
}

const user = { role: 'user', content: 'Why?' }

t.test('every way to carry a thinking', t => {
  const expected = { thinking: 'One.\n\nTwo.', answer: 'Because.' }
  const chat = (turn: object) => ({ messages: [user, { role: 'assistant', ...turn }] })
  const rows: Record<string, unknown> = {
    reasoning_content: chat({ reasoning_content: ' One.\n\nTwo.\n', content: 'Because.' }),
    reasoning: chat({ reasoning: 'One.\n\nTwo.', content: 'Because.' }),
    'null in front': chat({
      reasoning_content: null,
      reasoning: 'One.\n\nTwo.',
      content: 'Because.',
    }),
    'tags in the field': chat({ thinking: '<think>\nOne.\n\nTwo.\n</think>', content: 'Because.' }),
    tags: chat({ content: '<think>\nOne.\n\nTwo.\n</think>\n\nBecause.' }),
    'opened by the prompt': chat({ content: 'One.\n\nTwo.\n</think>\n\nBecause.' }),
    'tags of another family': chat({ content: '[THINK]One.\n\nTwo.[/THINK]Because.' }),
    'both field and tags': chat({
      reasoning: 'One.\n\nTwo.',
      content: '<think>One.</think>Because.',
    }),
    parts: chat({ reasoning: 'One.\n\nTwo.', content: [{ type: 'text', text: 'Because.' }] }),
    ShareGPT: {
      conversations: [
        { from: 'human', value: 'Why?' },
        { from: 'gpt', value: '<think>One.\n\nTwo.</think>Because.' },
      ],
    },
    'prompt and completion': {
      prompt: [user],
      completion: [{ role: 'assistant', content: '<think>One.\n\nTwo.</think>Because.' }],
    },
    fields: { problem: 'Why?', thinking: 'One.\n\nTwo.', answer: 'Because.' },
    'fields with tags': { question: 'Why?', response: '<think>One.\n\nTwo.</think>\nBecause.' },
  }
  for (const [name, row] of Object.entries(rows)) {
    const [turn, ...more] = read(row)
    t.match(turn, expected, name)
    t.equal(more.length, 0)
    t.strictSame(turn?.messages, [user], `${name}: what was asked`)
  }
  t.end()
})

t.test('several turns: each is asked with what was before, without its thinking', t => {
  const turns = read({
    messages: [
      { role: 'developer', content: 'Be brief.' },
      user,
      { role: 'assistant', content: '<think>One.</think>\nBecause.' },
      { role: 'tool', content: '42' },
      { role: 'assistant', reasoning: 'Two.', content: '42.' },
    ],
  })
  t.strictSame(
    turns.map(({ turn, path }) => [turn, path]),
    [
      [2, ['messages', 2, 'content']],
      [4, ['messages', 4, 'reasoning']],
    ],
  )
  t.strictSame(turns[1]?.messages, [
    { role: 'system', content: 'Be brief.' },
    user,
    { role: 'assistant', content: 'Because.' },
    { role: 'user', content: '42' },
  ])
  t.end()
})

t.test("a system turn: the row's own, else that of the options", t => {
  const row = { problem: 'Why?', thinking: 'One.', answer: '1' }
  const systems = (value: unknown) =>
    read(value, 'ours').map(({ messages }) => messages[0]?.content)
  t.strictSame(systems(row), ['ours'])
  t.strictSame(systems({ ...row, system: 'theirs' }), ['theirs'])
  const messages = [{ role: 'system', content: 'theirs' }, user]
  const thought = { role: 'assistant', reasoning: 'One.', content: '1' }
  t.strictSame(systems({ messages: [...messages, thought] }), ['theirs'])
  t.end()
})

t.test('what is not pruned, and why', t => {
  const chat = (turn: object) => ({ messages: [user, { role: 'assistant', ...turn }] })
  const cases: readonly (readonly [string, unknown])[] = [
    ['shape', null],
    ['shape', [1]],
    ['shape', 7],
    ['shape', {}],
    ['shape', { messages: 'x' }],
    ['shape', { messages: [7] }],
    ['shape', { messages: [{ role: 'king', content: 'x' }] }],
    ['shape', { messages: [{ role: 'user' }] }],
    ['shape', { messages: [{ role: 'user', content: 7 }] }],
    ['shape', { thinking: 'x', answer: 'y' }],
    ['no-thinking', { messages: [] }],
    ['no-thinking', { messages: [user] }],
    ['no-thinking', chat({ content: 'Because.' })],
    ['no-thinking', chat({ content: '<think>\n\n</think>\n\nBecause.' })],
    ['no-thinking', chat({ reasoning_content: '  ', content: 'Because.' })],
    ['no-thinking', { problem: 'Why?', answer: 'Because.' }],
    ['unfinished', chat({ content: '<think>One. Two.' })],
    ['no-answer', chat({ content: '<think>One. Two.</think>\n' })],
    ['no-answer', chat({ reasoning: 'One.', content: null })],
  ]
  for (const [reason, row] of cases) t.equal(reasonOf(row), reason, JSON.stringify(row))
  t.end()
})
