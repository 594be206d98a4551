/** Where thinking and answer are in what was generated. */

import t from 'tap'
import { findThinking, promptEnd, type ThinkingInput } from '../../dist/trace/spans.js'
import type { Span, Trace } from '../../types/public.js'
import { endThinkToken, fakeTrace, thinkToken } from '../support/fake-trace.js'

type Spans = Pick<Trace, 'thinking' | 'answer'>

const show = (pieces: readonly string[], span: Span) => [
  pieces.join('').slice(span.charStart, span.charEnd),
  pieces.slice(span.tokenStart, span.tokenEnd).join(''),
]

const byText = { open: '<think>', close: '</think>', openToken: null, closeToken: null }
const byId = { ...byText, openToken: thinkToken, closeToken: endThinkToken }

function think(pieces: readonly string[], by: 'id' | 'text', opened = false): Spans {
  const { text, tokens, tokenEnds } = fakeTrace(pieces)
  const prompt = opened ? 'opened' : 'neither'
  const input: ThinkingInput = {
    text,
    tokens,
    tokenEnds,
    tags: by === 'id' ? byId : byText,
    prompt,
  }
  return findThinking(input)
}

t.test('thinking and answer, by token and by text', async t => {
  const cases: readonly (readonly [string, readonly string[], boolean, string, string])[] = [
    ['both tags', ['<think>', 'a ', 'b', '</think>', 'c'], false, 'a b', 'c'],
    ['text before the tag is in neither', ['x', '<think>', 'a', '</think>', 'c'], false, 'a', 'c'],
    ['opened by the prompt', ['a', '</think>', 'c'], true, 'a', 'c'],
    ['opened by the prompt, unclosed', ['a', 'b'], true, 'ab', ''],
    ['unclosed', ['<think>', 'a', 'b'], false, 'ab', ''],
    ['no tags: all is thinking', ['a', 'b'], false, 'ab', ''],
    ['closed without opening', ['a', '</think>', 'c'], false, 'a', 'c'],
    [
      'the first close ends it',
      ['<think>', 'a', '</think>', 'b', '</think>', 'c'],
      false,
      'a',
      'b</think>c',
    ],
    [
      'a close before the opening does, too',
      ['a', '</think>', '<think>', 'b', '</think>', 'c'],
      false,
      'a',
      '<think>b</think>c',
    ],
    ['empty thinking', ['<think>', '</think>', 'c'], false, '', 'c'],
    ['empty answer', ['<think>', 'a', '</think>'], false, 'a', ''],
    ['nothing', [], false, '', ''],
  ]
  for (const [name, pieces, opened, thinking, answer] of cases) {
    for (const by of ['id', 'text'] as const) {
      const found = think(pieces, by, opened)
      t.strictSame(show(pieces, found.thinking), [thinking, thinking], `${name}, by ${by}`)
      t.strictSame(show(pieces, found.answer), [answer, answer], `${name}, by ${by}`)
    }
  }
})

t.test('an empty answer is at the end, in tokens and in characters', async t => {
  t.strictSame(think(['ab', 'c'], 'text').answer, {
    tokenStart: 2,
    tokenEnd: 2,
    charStart: 3,
    charEnd: 3,
  })
})

t.test('tags across tokens: a token belongs where its first character is', async t => {
  const pieces = ['<', 'think', '>\n', 'a.', '.</', 'think', '>b', 'c']
  const { thinking, answer } = think(pieces, 'text')
  t.strictSame(show(pieces, thinking), ['\na..', 'a..</'])
  t.strictSame(show(pieces, answer), ['bc', 'c'])
})

t.test('tags written as text are no tags where the model has tokens for them', async t => {
  const pieces = ['<think>', 'say ', '</thi', 'nk>', ' now', '</think>', 'c']
  t.strictSame(show(pieces, think(pieces, 'id').thinking)[0], 'say </think> now')
  t.strictSame(show(pieces, think(pieces, 'text').thinking)[0], 'say ')
})

t.test('tokens without characters at the end are thinking', async t => {
  const input = { text: 'a', tokens: [7, 8], tokenEnds: [1, 1] }
  const { thinking } = findThinking({ ...input, tags: byId, prompt: 'neither' })
  t.equal(thinking.tokenEnd, 2)
})

t.test(
  'a prompt opens the thinking, or closes it, where that tag is the last and nothing follows',
  async t => {
    for (const text of ['<think>', 'x<think>\n', '<think>a</think> <think> \n\n']) {
      t.equal(promptEnd(text, byText), 'opened', text)
    }
    for (const text of ['<think>\n\n</think>', 'x</think>\n\n']) {
      t.equal(promptEnd(text, byText), 'closed', text)
    }
    for (const text of ['', 'a', '<think>a', '<think></think>b', '<thinking>', '</think> b']) {
      t.equal(promptEnd(text, byText), 'neither', text)
    }
  },
)

t.test('where the prompt has closed the thinking, all is answer', async t => {
  const { text, tokens, tokenEnds } = fakeTrace(['a ', 'b'])
  const found = findThinking({ text, tokens, tokenEnds, tags: byId, prompt: 'closed' })
  t.match(found.thinking, { tokenStart: 0, tokenEnd: 0 })
  t.match(found.answer, { tokenStart: 0, tokenEnd: 2, charStart: 0, charEnd: 3 })
})
