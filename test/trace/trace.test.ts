import t from 'tap'
import { prune } from '../../dist/prune/prune.js'
import { hasScores, hasSteps, isPruned, readTrace } from '../../dist/trace/read.js'
import { charToToken, tokenRange } from '../../dist/trace/spans.js'
import { TokenText } from '../../dist/trace/token-text.js'
import { fakeScored, fakeSteps, fakeTrace } from '../support/fake-trace.js'
import { mulberry32, type Random, testSeed } from '../support/random.mjs'

const seed = testSeed()
t.comment(`COT_PRUNE_SEED=${seed}`)

/* ---- TokenText ---------------------------------------------------------------------------- */

const bytesOf = (text: string) => new TextEncoder().encode(text)
const characters = [
  'a',
  ' ',
  '\n',
  'é',
  'e\u0301',
  '中',
  '\ufeff',
  '😀',
  '👩‍👩‍👧',
  '\u{10ffff}',
  '</think>',
]

/** Bytes cut at random borders, empty tokens among them: ends of the tokens. */
function randomEnds(random: Random, length: number): number[] {
  const cuts = Array.from({ length: 1 + random.integer(2 * length + 2) }, () =>
    random.integer(length + 1),
  )
  return [...cuts, length].sort((a, b) => a - b)
}

/** Pushes tokens a few at a time, as chunks of a generation come. */
function pushAll(random: Random, bytes: Uint8Array, ends: readonly number[]) {
  const decoder = new TokenText()
  let streamed = ''
  for (let token = 0; token < ends.length; ) {
    const count = 1 + random.integer(5)
    const start = ends[token - 1] ?? 0
    const part = ends.slice(token, token + count)
    const chunk = { bytes: bytes.slice(start, part.at(-1)), ends: part.map(end => end - start) }
    streamed += decoder.push(chunk)
    token += count
  }
  streamed += decoder.flush()
  return { decoder, streamed }
}

/** Offset in UTF-16 units of the character that a byte of valid UTF-8 belongs to. */
function unitsByByte(text: string): number[] {
  const units: number[] = []
  let unit = 0
  for (const character of text) {
    for (const _ of bytesOf(character)) units.push(unit)
    unit += character.length
  }
  return [...units, unit]
}

t.test(
  'tokens cut at any byte give the text, and each starts in the character of its first byte',
  async t => {
    const random = mulberry32(seed)
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: random.integer(20) }, () => random.pick(characters)).join(
        '',
      )
      const bytes = bytesOf(text)
      const ends = randomEnds(random, bytes.length)
      const { decoder, streamed } = pushAll(random, bytes, ends)
      const units = unitsByByte(text)
      const starts = ends.map((_, i) => units[ends[i - 1] ?? 0])
      const found = ends.map((_, i) => decoder.ends[i - 1] ?? 0)
      if (decoder.text !== text || streamed !== text) t.equal(decoder.text, text)
      if (`${starts}` !== `${found}`) t.strictSame(found, starts, JSON.stringify({ text, ends }))
    }
    t.pass('300 texts')
  },
)

t.test('invalid UTF-8 decodes as it would in one piece, cut anywhere', async t => {
  const random = mulberry32(seed + 1)
  const whole = new TextDecoder('utf-8', { ignoreBOM: true })
  for (let round = 0; round < 300; round++) {
    const pieces = Array.from({ length: random.integer(12) }, () =>
      random.integer(2) === 0
        ? [...bytesOf(random.pick(characters))].slice(0, 1 + random.integer(4))
        : [random.integer(256)],
    )
    const bytes = Uint8Array.from(pieces.flat())
    const ends = randomEnds(random, bytes.length)
    const { decoder, streamed } = pushAll(random, bytes, ends)
    const expected = whole.decode(bytes)
    if (decoder.text !== expected || streamed !== expected) t.equal(decoder.text, expected)
    if (decoder.ends.at(-1) !== expected.length) t.equal(decoder.ends.at(-1), expected.length)
    for (const [i, end] of ends.entries()) {
      const shown = decoder.text.slice(0, decoder.ends[i])
      const prefix = i === ends.length - 1 ? expected : whole.decode(bytes.subarray(0, end))
      if (!prefix.startsWith(shown)) t.equal(shown, prefix, `token ${i} of ${bytes}`)
    }
  }
  t.pass('300 texts')
})

t.test('the token that completes a character gets it; a byte order mark stays', async t => {
  const decoder = new TokenText()
  t.equal(decoder.push({ bytes: bytesOf('\ufeffa'), ends: [3, 4] }), '\ufeffa')
  const emoji = bytesOf('😀')
  t.equal(decoder.push({ bytes: emoji.slice(0, 3), ends: new Int32Array([1, 3]) }), '')
  t.equal(decoder.push({ bytes: emoji.slice(3), ends: new Int32Array([1]) }), '😀')
  t.strictSame(decoder.ends, [1, 2, 2, 2, 4])
  t.equal(decoder.flush(), '')
})

t.test('flush gives what was never completed to the last token', async t => {
  const decoder = new TokenText()
  decoder.push({ bytes: Uint8Array.of(0x61, 0xf0, 0x9f), ends: [1, 2, 3] })
  t.equal(decoder.text, 'a')
  t.equal(decoder.flush(), '\ufffd')
  t.equal(decoder.text, 'a\ufffd')
  t.strictSame(decoder.ends, [1, 1, 2])
  t.equal(new TokenText().flush(), '')
})

/* ---- characters to tokens ----------------------------------------------------------------- */

t.test('tokenRange finds what brute force finds, for every range', async t => {
  const random = mulberry32(seed + 2)
  for (let round = 0; round < 200; round++) {
    const length = random.integer(12)
    const ends = randomEnds(random, length)
    const starts = ends.map((_, i) => ends[i - 1] ?? 0)
    for (let from = 0; from <= length; from++) {
      for (let to = from; to <= length; to++) {
        const { tokenStart, tokenEnd } = tokenRange(ends, from, to)
        const found = starts.flatMap((_, i) => (i >= tokenStart && i < tokenEnd ? [i] : []))
        const expected = starts.flatMap((start, i) => (start >= from && start < to ? [i] : []))
        if (`${found}` !== `${expected}`) t.strictSame(found, expected, `[${from}, ${to}) ${ends}`)
      }
    }
  }
  t.pass('200 texts')
})

t.test('charToToken: the first token whose first character is at or behind it', async t => {
  // 'ab', '', 'c' (completed by the second of its two tokens), 'd'
  const ends = [2, 2, 3, 4]
  t.strictSame(
    [0, 1, 2, 3, 4].map(char => charToToken(ends, char)),
    [0, 1, 1, 3, 4],
  )
  t.equal(charToToken([], 0), 0)
  t.equal(charToToken([], 5), 0)
  t.strictSame(tokenRange(ends, 3, 1), { tokenStart: 3, tokenEnd: 3 }, 'a reversed range is empty')
})

/* ---- readTrace ---------------------------------------------------------------------------- */

const pruned = prune(fakeScored([0.1, 0.5, 0.4]), { keep: 2 })

t.test('traces of every stage are read back from JSON as they were', async t => {
  const stages = [
    fakeTrace([]),
    fakeTrace(['<think>', 'a', '</think>', 'b']),
    fakeSteps(['a', 'b']),
  ]
  for (const trace of [...stages, fakeScored([1, 0]), pruned]) {
    const json: unknown = JSON.parse(JSON.stringify(trace))
    t.equal(readTrace(json), json, 'the same object')
    t.strictSame(json, trace)
  }
  t.strictSame(
    [hasSteps, hasScores, isPruned].map(is => is(fakeTrace(['a']))),
    [false, false, false],
  )
  t.strictSame(
    [hasSteps, hasScores, isPruned].map(is => is(fakeSteps(['a']))),
    [true, false, false],
  )
  t.strictSame(
    [hasSteps, hasScores, isPruned].map(is => is(fakeScored([1]))),
    [true, true, false],
  )
  t.strictSame(
    [hasSteps, hasScores, isPruned].map(is => is(pruned)),
    [true, true, true],
  )
})

/** A copy of the pruned trace with one value replaced, by path. */
function withValue(path: readonly string[], value: unknown): unknown {
  const copy: unknown = structuredClone(pruned)
  let owner: unknown = copy
  for (const key of path.slice(0, -1)) owner = Reflect.get(Object(owner), key)
  Reflect.set(Object(owner), path.at(-1) ?? '', value)
  return copy
}

t.test('each fault is named by its path', async t => {
  const faults: readonly (readonly [string, unknown, string?])[] = [
    ['version', 2],
    ['model', null],
    ['model.name', 5],
    ['model.parameters', Number.NaN],
    ['messages', 'x'],
    ['messages', [{ role: 'tool', content: '' }], 'messages[0].role'],
    ['prompt.text', null],
    ['prompt.tokens', [1.5], 'prompt.tokens[0]'],
    ['tokens', {}],
    ['tokens.3', -1, 'tokens[3]'],
    ['tokens.3', '7', 'tokens[3]'],
    ['tokens', [1], 'tokenEnds.length'],
    ['tokenEnds.1', 3, 'tokenEnds[1]'],
    ['tokenEnds.4', 99, 'tokenEnds'],
    ['logprobs.2', null, 'logprobs[2]'],
    ['logprobs.2', -Infinity, 'logprobs[2]'],
    ['logprobs', [0], 'logprobs.length'],
    ['text', 'x', 'tokenEnds'],
    ['thinking.tokenEnd', 6, 'thinking'],
    ['thinking.charStart', 99, 'thinking'],
    ['thinking.charStart', undefined, 'thinking.charStart'],
    ['answer.tokenStart', 0, 'answer'],
    ['finish', 'abort'],
    ['sampling.seed', 1.5],
    ['sampling.topP', '1'],
    ['millis.prompt', -1],
    ['splitter', null],
    ['steps', {}],
    ['steps.1.index', 0, 'steps[1].index'],
    ['steps.1.text', 'step', 'steps[1].text'],
    ['steps.1.tokenStart', 1, 'steps[1]'],
    ['steps.1.charEnd', 10_000, 'steps[1]'],
    ['steps.2.tokenEnd', 2 ** 53, 'steps[2].tokenEnd'],
    ['scores.0', Number.NaN, 'scores[0]'],
    ['scores.0', -0.1, 'scores[0]'],
    ['scores', [1], 'scores.length'],
    ['scoring.kind', 'me'],
    ['scoring.layers', 'some'],
    ['scoring.layers', { from: 0 }],
    ['scoring.share.sink', Infinity],
    ['headScores', [{ layer: 0, head: 0, scores: [1] }], 'headScores[0].scores.length'],
    ['rule.name', 5],
    ['kept', [2, 1]],
    ['kept', [1, 3]],
    ['kept', [1]],
    ['removed', [0, 1]],
    ['removed', [0, 0]],
    ['prunedText', 1],
    ['prunedTokens.0', 0.5, 'prunedTokens[0]'],
  ]
  for (const [path, value, named = path] of faults) {
    const wrong = withValue(path.split('.'), value)
    try {
      readTrace(wrong)
      t.fail(`${path} = ${value} passed`)
    } catch (error) {
      t.match(error, { name: 'CotPruneError', code: 'ERR_TRACE_INVALID' })
      const message = error instanceof Error ? error.message : ''
      // 'kept' that does not fit 'removed' may be found at either.
      const start = named === 'kept' ? /^trace\.(kept|removed) / : `trace.${named} must be `
      const names = typeof start === 'string' ? message.startsWith(start) : start.test(message)
      t.ok(names, `${path}: ${message}`)
    }
  }
})

t.test('all choices of layers are read', async t => {
  for (const layers of ['all', 'first-half', { from: 0, to: 2 }, [0, 1]]) {
    t.doesNotThrow(() => readTrace(withValue(['scoring', 'layers'], layers)))
  }
})

t.test('what is no object is no trace, and the name can be a file', async t => {
  for (const value of [undefined, null, 5, 'x', []]) {
    t.throws(() => readTrace(value, 'a.json'), { message: /^a\.json must be an object/ })
  }
})
