/** Generation: chunks, sampling, where it ends, and what is streamed on the way. */

import t, { type Test } from 'tap'
import { native } from '../../dist/engine/native.js'
import type { GenerationChunk, Trace } from '../../dist/index.js'
import { openModelHandle, openSessionHandle, sampleHome } from '../support/addon.mjs'
import { problemMessages, reasonerPath } from '../support/reasoner.js'
import {
  content,
  ending,
  endToken,
  generate,
  joined,
  open,
  openTiny,
  prompt,
  type Streamed,
  sampled,
  stream,
} from '../support/stream.js'
import { tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(900_000)

/* ---- chunks and threads ------------------------------------------------------------------- */

t.test('(6) chunk size and thread count do not change greedy text', async t => {
  for (const model of [{}, { type: 'Q4_0' }, ending] as const) {
    for (const flashAttention of [false, true]) {
      const traces: Trace[] = []
      for (const threads of [1, 2]) {
        const session = await openTiny(t, model, { threads, flashAttention })
        for (const chunkTokens of [1, 3, 16, 64]) {
          traces.push(await generate(session, { maxTokens: 70, chunkTokens }))
        }
        await session.close()
      }
      const [first] = traces
      if (first === undefined) return t.fail('no trace')
      t.equal(first.tokens.length, 70)
      t.equal(first.finish, 'length')
      for (const trace of traces) t.strictSame(content(trace), content(first))
    }
  }
})

t.test('(6) the seed decides sampled text, and chunk size does not', async t => {
  const session = await openTiny(t)
  for (const seed of [0, 1, 7, 2 ** 31, 2 ** 32 - 2]) {
    const traces: Trace[] = []
    for (const chunkTokens of [1, 3, 16, 64]) {
      traces.push(await generate(session, { ...sampled, seed, maxTokens: 50, chunkTokens }))
    }
    for (const trace of traces) t.equal(trace.text, traces[0]?.text, `seed ${seed}`)
    const other = await generate(session, { ...sampled, seed: seed + 1, maxTokens: 50 })
    t.not(other.text, traces[0]?.text, `seed ${seed} and the next one`)
    t.equal(traces[0]?.sampling.seed, seed)
  }
})

t.test(
  "the largest seed, which is llama.cpp's sign for a random one, decides sampled text, too",
  async t => {
    const session = await openTiny(t)
    const options = { ...sampled, seed: 2 ** 32 - 1, maxTokens: 50 }
    const { text } = await generate(session, options)
    t.equal((await generate(session, options)).text, text)
  },
)

t.test('streamed text is the text of the trace, also where tokens cut characters', async t => {
  const session = await openTiny(t)
  // hot enough for bytes that are no UTF-8
  const options = { temperature: 20, topK: 0, topP: 1, maxTokens: 120 }
  let broken = 0
  for (const seed of [1, 2, 3]) {
    for (const chunkTokens of [1, 3, 16, 64]) {
      const { chunks, trace } = await stream(session, { ...options, seed, chunkTokens })
      t.equal(joined(chunks), trace.text)
      t.strictSame(
        chunks.flatMap(({ tokens }) => tokens),
        trace.tokens,
      )
      t.strictSame(
        chunks.flatMap(({ logprobs }) => logprobs),
        trace.logprobs,
      )
      t.equal(trace.text, await session.model.detokenize(trace.tokens))
      broken += trace.text.split('\ufffd').length - 1
    }
  }
  t.ok(broken > 100, `${broken} broken characters`)
})

/* ---- log-probabilities -------------------------------------------------------------------- */

/** In float64. */
function logSoftmax(logits: Float32Array, token: number): number {
  const max = logits.reduce((a, b) => Math.max(a, b))
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - max)
  return (logits[token] ?? Number.NaN) - max - Math.log(sum)
}

t.test('(6) log-probabilities are those of the logits', async t => {
  const addon = native()
  const none = new Int32Array(0)
  const path = tinyModel()
  const model = await openModelHandle(addon, path)
  const session = await openSessionHandle(addon, model, {
    contextLength: 512,
    batchSize: 256,
    threads: 2,
  })
  const text = await addon.modelTokenize(model, 'One and two are three, I think.', false, false)
  let max = 0
  for (const [temperature, topK, penalty] of [
    [0, 0, 1],
    [1, 0, 1],
    [1.7, 5, 1],
    [0, 0, 1.5],
    [0.8, 40, 1.2],
  ] as const) {
    await addon.sessionDrop(session, 0)
    await addon.sessionExtend(session, 0, text, true, 0, none, none, none)
    addon.sessionSampler(session, 0, temperature, topK, 0.95, 0.01, penalty, 0, 64, 3, [])
    for (let i = 0; i < 40; i++) {
      const logits = addon.sessionLogits(session, 0)
      const sample = await sampleHome(addon, session, 1)
      const [token = -1] = sample?.tokens ?? []
      const [logprob = Number.NaN] = sample?.logprobs ?? []
      if (temperature === 0 && penalty === 1) {
        t.equal(token, logits.indexOf(Math.max(...logits)), 'greedy')
      }
      max = Math.max(max, Math.abs(logprob - logSoftmax(logits, token)))
    }
  }
  t.comment(`max difference ${max.toExponential(2)}`)
  t.notOk(!(max <= 1e-4), 'log-probabilities are the log-softmax of the logits')
  await addon.sessionClose(session)
  await addon.modelClose(model)
})

/* ---- where it ends ------------------------------------------------------------------------ */

t.test('(6) stop strings, also across tokens and chunks', async t => {
  const session = await openTiny(t)
  const whole = await generate(session, { maxTokens: 80 })
  const { text, tokenEnds } = whole
  const endOf = (token: number) => tokenEnds[token] ?? 0
  /** The piece of `length` that starts one unit before the end of a token, if it is new there. */
  const candidates = (length: number) =>
    tokenEnds.flatMap((end, token) => {
      const stop = text.slice(end - 1, end - 1 + length)
      const isNew = text.indexOf(stop) === end - 1
      const inside = end - 1 + length < text.length
      return token >= 10 && isNew && inside ? [{ stop, start: end - 1 }] : []
    })
  const lengths = [2, 3, 5, 12]
  for (const length of lengths) {
    const [found] = candidates(length)
    if (found === undefined) return t.fail(`no piece of ${length} across tokens`)
    const { stop, start } = found
    const last = tokenEnds.findIndex(end => end >= start + length)
    t.ok(last > 10 && endOf(last - 1) > start, `${JSON.stringify(stop)} lies across tokens`)
    for (const chunkTokens of [1, 3, 16, 64]) {
      const others = [text.slice(-3), 'never to be seen']
      const options = { maxTokens: 80, chunkTokens, stop: [...others, stop] }
      const { chunks, trace } = await stream(session, options)
      t.match(trace, { finish: 'stop', text: text.slice(0, endOf(last)) })
      t.ok(trace.text.includes(stop), 'the stop string stays')
      t.strictSame(trace.tokens, whole.tokens.slice(0, last + 1))
      t.equal(joined(chunks), trace.text)
    }
  }
  const [long] = candidates(3)
  const part = await generate(session, { maxTokens: 80, stop: [`${long?.stop}\u{1f600}`] })
  t.equal(part.finish, 'length', 'the beginning of a stop string does not stop')
  t.equal(part.text, text)
})

t.test('(6) maxTokens and the end token', async t => {
  const session = await openTiny(t, ending)
  for (const maxTokens of [1, 15, 16, 17]) {
    const trace = await generate(session, { maxTokens })
    t.match(trace, { finish: 'length', tokens: { length: maxTokens } })
  }
  const finishes = new Set<string>()
  for (let seed = 0; seed < 12; seed++) {
    const options = { ...sampled, seed, maxTokens: 100 }
    const { chunks, trace } = await stream(session, options)
    finishes.add(trace.finish)
    t.equal(joined(chunks), trace.text)
    t.equal(trace.finish === 'end', trace.tokens.length < 100)
    t.notOk(trace.text.includes(endToken), 'the end token is not in the trace')
    t.equal(trace.tokens.length, trace.tokenEnds.length)
    t.equal(trace.tokens.length, trace.logprobs.length)
  }
  t.strictSame([...finishes].sort(), ['end', 'length'])

  const silent = await openTiny(t, { bias: { [endToken]: 100 } })
  const { chunks, trace } = await stream(silent, { attention: 'all' })
  t.match(trace, { finish: 'end', tokens: [], text: '' })
  t.strictSame(chunks, [])
})

t.test('(6) a full context ends the generation', async t => {
  const session = await openTiny(t, {}, { contextLength: 256 })
  const options = { maxTokens: 10_000 }
  const { chunks, trace } = await stream(session, options)
  t.equal(trace.finish, 'length')
  const { contextLength, usedCells } = session.info
  t.equal(contextLength, 256)
  t.equal(usedCells, trace.prompt.tokens.length + trace.tokens.length)
  t.ok(usedCells >= 200 && usedCells <= 256, `${usedCells} cells are used`)
  t.equal(joined(chunks), trace.text)
  t.strictSame(content(await generate(session, options)), content(trace), 'and once more')
})

t.test('the addon says when no cell is left', async t => {
  const addon = native()
  const none = new Int32Array(0)
  const model = await openModelHandle(addon, tinyModel())
  const session = await openSessionHandle(addon, model, {
    contextLength: 256,
    batchSize: 256,
    branches: 2,
    threads: 2,
  })
  const tokens = Int32Array.from({ length: 200 }, (_, i) => 40 + (i % 50))
  await addon.sessionExtend(session, 0, tokens, true, 0, none, none, none)
  for (const branch of [0, 1]) addon.sessionSampler(session, branch, 0, 0, 1, 0, 1, 0, 64, 0, [])
  const sample = async (count: number) => {
    const branches = Int32Array.of(0)
    const [found] = await addon.sessionSample(session, branches, count, true, none, none, none, -1)
    return found
  }
  const full = await sample(100)
  t.match(full, { finish: 'full', tokens: { length: 56 }, rows: { queries: 56, length: 256 } })
  t.match(full, { logprobs: { length: 56 }, ends: { length: 56 } })
  t.equal(full?.bytes.length, full?.ends.at(-1))
  t.equal(addon.sessionTokens(session, 0).length, 256)
  await addon.sessionCut(session, 0, 250, 256)
  await addon.sessionExtend(session, 0, tokens.subarray(0, 1), true, 0, none, none, none)
  t.match(await sample(3), { finish: 'more', tokens: { length: 3 } })
  await addon.sessionClose(session)
  await addon.modelClose(model)
})

t.test('(6) leaving the loop ends the generation, not the session', async t => {
  const session = await openTiny(t)
  const whole = await generate(session, { maxTokens: 64 })
  for (const chunkTokens of [1, 16]) {
    const generation = session.generate(prompt, { maxTokens: 64, chunkTokens })
    let seen = ''
    let count = 0
    for await (const { text } of generation) {
      seen += text
      if (++count === 2) break
    }
    const trace = await generation.finish()
    t.match(trace, { finish: 'cancelled', text: seen })
    t.strictSame(trace.tokens, whole.tokens.slice(0, 2 * chunkTokens))
    t.strictSame(await generation.finish(), trace, 'finish may be called again')
    t.strictSame(content(await generate(session, { maxTokens: 64 })), content(whole))
  }

  const failing = session.generate(prompt, { maxTokens: 64 })
  const fault = new Error('of the consumer')
  const consume = async () => {
    for await (const _ of failing) throw fault
  }
  await t.rejects(consume(), fault)
  t.equal((await failing.finish()).finish, 'cancelled')

  // a job is running when it is left
  const left = session.generate(prompt, { maxTokens: 900, chunkTokens: 1024 })
  const pending = left.next()
  await left.return()
  await pending
  const trace = await left.finish()
  t.equal(trace.finish, 'cancelled')
  t.ok(trace.tokens.length < 900, `${trace.tokens.length} tokens`)
  t.strictSame(content(await generate(session, { maxTokens: 64 })), content(whole))
})

/* ---- phases ------------------------------------------------------------------------------- */

/** The streamed phases are the thinking with its end tag, and the answer. */
function checkPhases(t: Test, { chunks, trace }: Streamed): void {
  const of = (phase: GenerationChunk['phase']) => chunks.filter(chunk => chunk.phase === phase)
  const [thinking, answer] = [of('thinking'), of('answer')]
  t.strictSame([...thinking, ...answer], chunks, 'thinking is before the answer')
  t.equal(joined(thinking), trace.text.slice(0, trace.answer.charStart))
  t.equal(joined(answer), trace.text.slice(trace.answer.charStart))
  t.strictSame(
    thinking.flatMap(({ tokens }) => tokens),
    trace.tokens.slice(0, trace.answer.tokenStart),
  )
  t.ok(joined(thinking).endsWith('</think>'))
}

t.test('(6) chunks are split at the end of the thinking', async t => {
  const session = await openTiny(t, ending)
  let checked = 0
  for (let seed = 0; seed < 8; seed++) {
    for (const chunkTokens of [1, 3, 16, 64]) {
      const options = { ...sampled, seed, maxTokens: 100, chunkTokens }
      const streamed = await stream(session, options)
      if (streamed.trace.answer.tokenStart === streamed.trace.tokens.length) continue
      checkPhases(t, streamed)
      checked++
    }
  }
  t.ok(checked >= 8, `${checked} traces have an answer`)
})

t.test('(6) chunks of a model that reasons are split at the end of the thinking', async t => {
  const session = await open(t, reasonerPath)
  const [input = []] = await problemMessages(1)
  const texts = new Set<string>()
  for (const chunkTokens of [1, 3, 16, 64]) {
    const streamed = await stream(session, { maxTokens: 700, chunkTokens }, input)
    checkPhases(t, streamed)
    t.equal(streamed.trace.finish, 'end')
    texts.add(streamed.trace.text)
  }
  t.equal(texts.size, 1)
  const [text = ''] = texts
  t.match(text, /^(<think>)?[^<]+\S\s*<\/think>\s*[^<]*\\boxed\{\d+\}/)
})

/* ---- rows --------------------------------------------------------------------------------- */

t.test('(6) chunks carry a row for each of their tokens', async t => {
  const model = { type: 'F32', bias: { '</think>': 2, [endToken]: 2 } } as const
  const session = await openTiny(t, model, { flashAttention: false })
  const list = [
    { layer: 2, head: 3 },
    { layer: 0, head: 1 },
  ]
  let max = 0
  let rowsOff = 0
  const ends = new Set<string>()
  for (const attention of ['all', list] as const) {
    for (const chunkTokens of [1, 3, 16]) {
      for (let seed = 0; seed < 6; seed++) {
        const options = { ...sampled, seed, maxTokens: 48, chunkTokens, attention }
        const { chunks, trace } = await stream(session, options)
        ends.add(trace.finish)
        let position = trace.prompt.tokens.length
        for (const { tokens, attention: rows } of chunks) {
          if (rows === undefined) return t.fail('a chunk without rows')
          const heads = attention === 'all' ? null : attention
          t.match(rows, { queries: tokens.length, rows: heads?.length ?? 1, heads })
          t.strictSame(rows.capturedLayers, attention === 'all' ? [0, 1, 2] : [0, 2])
          t.equal(rows.data.length, rows.queries * rows.rows * rows.length)
          for (let at = 0; at < rows.queries * rows.rows; at++) {
            const own = position + Math.floor(at / rows.rows) + 1
            const row = rows.data.subarray(at * rows.length, (at + 1) * rows.length)
            const sum = row.subarray(0, own).reduce((a, b) => a + b, 0)
            const behind = row.subarray(own).reduce((a, b) => a + b, 0)
            rowsOff = Math.max(rowsOff, Math.abs(sum - 1), behind)
          }
          position += tokens.length
        }
        t.equal(position, trace.prompt.tokens.length + trace.tokens.length)
        if (seed > 0) continue
        // the last row once more, by decoding
        const last = chunks.at(-1)?.attention
        if (last === undefined) return t.fail('no chunk')
        const all = [...trace.prompt.tokens, ...trace.tokens]
        const again = await session.attention(all, attention === 'all' ? {} : { heads: list })
        const size = again.rows * again.length
        t.equal(again.length, last.length)
        const tail = last.data.subarray(last.data.length - size)
        for (let i = 0; i < size; i++) {
          max = Math.max(max, Math.abs((tail[i] ?? Number.NaN) - (again.data[i] ?? 0)))
        }
      }
    }
  }
  t.ok(ends.has('end'), 'some ended by themselves')
  t.comment(`max difference of a sum ${rowsOff.toExponential(2)}`)
  t.notOk(!(rowsOff <= 1e-3), 'rows sum to 1 over what their token sees')
  t.comment(`max difference to the row decoded again ${max.toExponential(2)}`)
  t.notOk(!(max <= 1e-4), 'rows are those of session.attention')
})
