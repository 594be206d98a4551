/** Odd traces: where thinking and answer are, and that who streams says the same as who reads the whole. */

import t, { type Test } from 'tap'
import { ownAnswer } from '../../dist/evaluate/answer.js'
import { TraceWriter } from '../../dist/generate/trace-writer.js'
import { segment } from '../../dist/segment/segment.js'
import type { NativeSample } from '../../types/native.js'
import type { GenerationChunk, ModelThinking, Trace } from '../../types/public.js'
import { endThinkToken, thinkToken } from '../support/fake-trace.js'
import { defaultSampling } from '../support/sampling.js'

const tags = {
  name: 'think',
  open: '<think>',
  close: '</think>',
  opening: '<think>\n',
  closing: '\n</think>\n\n',
  from: 'template',
} as const
const byText: ModelThinking = { ...tags, openToken: null, closeToken: null }
/** As Gemma's: only the closing tag is one token. */
const byClosing: ModelThinking = { ...tags, openToken: null, closeToken: endThinkToken }
const byId: ModelThinking = { ...tags, openToken: thinkToken, closeToken: endThinkToken }

/** Stands for a tag that is one token; what looks like a tag elsewhere is text. */
const open = '<think>'
const close = '</think>'

interface Streamed {
  readonly trace: Trace
  readonly chunks: readonly GenerationChunk[]
}

/** The pieces as tokens of a model, so many at once. */
function write(
  pieces: readonly string[],
  thinking: ModelThinking,
  prompt: string,
  size: number,
): Streamed {
  const idOf = (piece: string, i: number) =>
    piece === open ? thinkToken : piece === close ? endThinkToken : 1000 + i
  const about = { name: 'm', architecture: 'a', parameters: 1, vocabularySize: 2000 }
  const info = { ...about, thinking }
  const writer = new TraceWriter(
    { model: { info, thinking } },
    { messages: null, prompt: { text: prompt, tokens: [5] }, templateArguments: {} },
    defaultSampling,
  )
  const chunks: GenerationChunk[] = []
  for (let at = 0; at < pieces.length; at += size) {
    const some = pieces.slice(at, at + size)
    let bytes = 0
    const ends = some.map(piece => {
      bytes += Buffer.byteLength(piece)
      return bytes
    })
    const sample: NativeSample = {
      tokens: Int32Array.from(some, (piece, i) => idOf(piece, at + i)),
      logprobs: new Float32Array(some.length),
      certainties: new Float32Array(0),
      alternatives: { tokens: new Int32Array(0), logprobs: new Float32Array(0) },
      bytes: Buffer.from(some.join('')),
      ends: Int32Array.from(ends),
      finish: 'more',
      stop: -1,
      rows: null,
    }
    chunks.push(...writer.push(sample, null, false))
  }
  return { trace: writer.trace('end', { prompt: 0, generation: 0 }), chunks }
}

const of = (chunks: readonly GenerationChunk[], phase: GenerationChunk['phase']) =>
  chunks
    .filter(chunk => chunk.phase === phase)
    .map(({ text }) => text)
    .join('')

interface Odd {
  readonly pieces: readonly string[]
  /** @default '' */
  readonly prompt?: string
  readonly thinking: string
  readonly answer: string
  /** Of the answer, as `ownAnswer` reads it. */
  readonly value: string | null
  /** Where tags that are tokens make it different. */
  readonly tokens?: {
    readonly thinking: string
    readonly answer: string
    readonly value: string | null
  }
}

const odd: Readonly<Record<string, Odd>> = {
  'no opening tag': {
    pieces: ['so ', '42', close, 'It is 42.'],
    thinking: 'so 42',
    answer: 'It is 42.',
    value: '42',
  },
  'opened in the prompt': {
    prompt: 'Why?<think>\n',
    pieces: ['so ', '42', close, 'It is 42.'],
    thinking: 'so 42',
    answer: 'It is 42.',
    value: '42',
  },
  'opened in the prompt, and again': {
    prompt: 'Why?<think>\n',
    pieces: [open, 'so ', '42', close, 'It is 42.'],
    thinking: '<think>so 42',
    answer: 'It is 42.',
    value: '42',
  },
  'closed in the prompt': {
    prompt: 'Why?<think></think>\n\n',
    pieces: ['It ', 'is 42.'],
    thinking: '',
    answer: 'It is 42.',
    value: '42',
  },
  'two closing tags': {
    pieces: [open, 'so 42', close, 'It is 42.', close, 'Or 43.'],
    thinking: 'so 42',
    answer: 'It is 42.</think>Or 43.',
    value: '43',
  },
  'a closing tag before the opening one': {
    pieces: ['hm', close, open, 'so 41', close, 'It is 42.'],
    thinking: 'hm',
    answer: '<think>so 41</think>It is 42.',
    value: '42',
  },
  'a second block in the answer, cut off': {
    pieces: ['so 42', close, 'It is 42. ', open, 'or 80'],
    thinking: 'so 42',
    answer: 'It is 42. <think>or 80',
    value: '42',
  },
  'never closed': {
    pieces: [open, 'so ', 'it is 42'],
    thinking: 'so it is 42',
    answer: '',
    value: '42',
  },
  'never opened, never closed': {
    pieces: ['so ', 'it is 42'],
    thinking: 'so it is 42',
    answer: '',
    value: '42',
  },
  'empty thinking': {
    pieces: [open, close, 'It is 42.'],
    thinking: '',
    answer: 'It is 42.',
    value: '42',
  },
  'blank thinking': {
    pieces: [open, '\n\n', close, '\n\nIt is 42.'],
    thinking: '\n\n',
    answer: '\n\nIt is 42.',
    value: '42',
  },
  'an empty answer': { pieces: [open, 'so 42', close], thinking: 'so 42', answer: '', value: null },
  nothing: { pieces: [], thinking: '', answer: '', value: null },
  'tags in the code of an answer': {
    pieces: [open, 'so 42', close, 'It is 42: `x.split("</', 'think>")`'],
    thinking: 'so 42',
    answer: 'It is 42: `x.split("</think>")`',
    value: '42',
  },
  'a tag in quotes in the thinking': {
    pieces: [open, 'He wrote "</', 'think>" there, so 42', close, 'It is 42.'],
    thinking: 'He wrote "',
    answer: '" there, so 42</think>It is 42.',
    value: '42',
    tokens: { thinking: 'He wrote "</think>" there, so 42', answer: 'It is 42.', value: '42' },
  },
  'a closing tag over several tokens': {
    pieces: ['so 42 <', '/', 'th', 'ink', '>', 'It is 42.'],
    thinking: 'so 42 ',
    answer: 'It is 42.',
    value: '42',
    tokens: { thinking: 'so 42 </think>It is 42.', answer: '', value: '42' },
  },
  'a token with the end of the tag and more': {
    pieces: ['so 42 </', 'think>It', ' is 42.'],
    thinking: 'so 42 ',
    answer: 'It is 42.',
    value: '42',
    tokens: { thinking: 'so 42 </think>It is 42.', answer: '', value: '42' },
  },
  'line breaks of Windows': {
    pieces: [open, '\r\n', 'first\r\n\r\n', 'then\r\n', close, '\r\n\r\nIt is 42.\r\n'],
    thinking: '\r\nfirst\r\n\r\nthen\r\n',
    answer: '\r\n\r\nIt is 42.\r\n',
    value: '42',
  },
  'characters of several bytes': {
    pieces: [open, 'é😀', close, '四十二 42'],
    thinking: 'é😀',
    answer: '四十二 42',
    value: '42',
  },
}

function check(
  t: Test,
  { trace, chunks }: Streamed,
  expected: Pick<Odd, 'thinking' | 'answer' | 'value'>,
  name: string,
): void {
  const { text, thinking, answer } = trace
  t.equal(text.slice(thinking.charStart, thinking.charEnd), expected.thinking, name)
  t.equal(text.slice(answer.charStart, answer.charEnd), expected.answer, name)
  t.equal(ownAnswer(trace).value, expected.value, name)
  t.ok(thinking.charEnd <= answer.charStart && thinking.tokenEnd <= answer.tokenStart, name)
  // what was streamed, piece by piece, is what the whole says
  t.equal(of(chunks, 'answer'), expected.answer, `${name}, streamed`)
  t.equal(of(chunks, 'thinking'), text.slice(0, answer.charStart), `${name}, streamed`)
  t.strictSame(
    chunks.flatMap(({ tokens }) => tokens),
    trace.tokens,
  )
  t.ok(
    segment(trace).steps.every(({ charEnd }) => charEnd <= thinking.charEnd),
    name,
  )
}

for (const [name, { pieces, prompt = '', tokens, ...spans }] of Object.entries(odd)) {
  t.test(name, async t => {
    for (const size of [1, 2, 3, 100]) {
      check(t, write(pieces, byText, prompt, size), spans, `by text, ${size} at once`)
      for (const thinking of [byId, byClosing]) {
        check(
          t,
          write(pieces, thinking, prompt, size),
          tokens ?? spans,
          `by token, ${size} at once`,
        )
      }
    }
  })
}
