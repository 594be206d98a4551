/** Options that are wrong: refused, and named. */

import t from 'tap'
import { resolvePromptInput } from '../../dist/engine/prompt-input.js'
import { resolveSampling } from '../../dist/engine/sampling.js'
import { resolveGenerateOptions } from '../../dist/generate/options.js'
import { call } from '../support/call.js'
import { at, refused, stages } from '../support/option-stages.js'

t.test('lists are copied: what the caller does to his later changes nothing', async t => {
  const stop = ['a']
  const attention = [{ layer: 0, head: 0 }]
  const resolved = resolveGenerateOptions({ stop, attention })
  stop.push('b')
  attention.pop()
  t.strictSame(resolved.stop, ['a'])
  t.strictSame(resolved.attention, [{ layer: 0, head: 0 }])
})

t.test('-0 becomes 0', async t => {
  t.ok(Object.is(resolveSampling({ temperature: -0, seed: -0 }).temperature, 0))
  t.ok(Object.is(resolveSampling({ seed: -0 }).seed, 0))
})

/** Numbers: stage, option, kind, the last good values and the first bad ones. */
const numbers: readonly (readonly [string, string, 'integer' | 'number', number[], number[]])[] = [
  ['model', 'gpuLayers', 'integer', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['model', 'rpcTimeoutMillis', 'integer', [1000, 2 ** 31 - 1], [999, 2 ** 31]],
  ['model', 'mainGpu', 'integer', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['session', 'contextLength', 'integer', [1, 2 ** 24], [0, 2 ** 24 + 1]],
  ['session', 'batchSize', 'integer', [1, 8192], [0, 8193]],
  ['session', 'branches', 'integer', [1, 256], [0, 257]],
  ['session', 'threads', 'integer', [1, 512], [0, 513]],
  ['sampling', 'temperature', 'number', [0, 0.5, 100], [-0.1, 100.1]],
  ['sampling', 'topK', 'integer', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['sampling', 'topP', 'number', [1e-9, 1], [0, -1, 1.0001]],
  ['sampling', 'minP', 'number', [0, 1], [-1e-9, 1.0001]],
  ['sampling', 'repeatPenalty', 'number', [1e-9, 10], [0, 10.1]],
  ['sampling', 'presencePenalty', 'number', [-2, 0, 2], [-2.1, 2.1]],
  ['sampling', 'repeatWindow', 'integer', [0, 65_536], [-1, 65_537]],
  ['sampling', 'seed', 'integer', [0, 2 ** 32 - 1], [-1, 2 ** 32]],
  ['generate', 'temperature', 'number', [0, 100], [-1]],
  ['generate', 'thinkingBudget', 'integer', [1, 2 ** 24], [0, -1]],
  ['generate', 'maxTokens', 'integer', [1, 2 ** 24], [0, 2 ** 24 + 1]],
  ['generate', 'chunkTokens', 'integer', [1, 1024], [0, 1025]],
  ['segment', 'minCharacters', 'integer', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['score', 'window', 'integer', [1, 8192], [0, 8193]],
  ['score', 'sinkTokens', 'integer', [0, 65_536], [-1, 65_537]],
  ['prune', 'threshold', 'number', [0, 1], [-0.1, 1.1]],
  ['prune', 'ratio', 'number', [0, 1], [-0.1, 1.1]],
  ['prune', 'keep', 'integer', [1, 2 ** 31 - 1], [0, 2 ** 31]],
  ['evaluate', 'seed', 'integer', [0, 1], [-1]],
  ['evaluate', 'maxTokens', 'integer', [1, 2 ** 24], [0, 2 ** 24 + 1]],
]

t.test('numbers have their range, and nothing else is a number', async t => {
  for (const [stage, option, kind, good, bad] of numbers) {
    const name = `options.${option}`
    const give = (value: unknown) => () => at(stage)({ [option]: value })
    for (const value of good) t.doesNotThrow(give(value), `${stage} ${option} ${value}`)
    const never = [Number.NaN, Infinity, -Infinity, 1e300, ...(kind === 'integer' ? [1.5] : [])]
    for (const value of [...bad, ...never]) {
      refused(t, give(value), 'ERR_OUT_OF_RANGE', name, `${stage} ${option} ${value}`)
    }
    for (const value of [null, '1', true, 1n, [1], {}]) {
      refused(t, give(value), 'ERR_INVALID_ARG_TYPE', name, `${stage} ${option} ${typeof value}`)
    }
  }
})

const choices: readonly (readonly [string, string])[] = [
  ['session', 'flashAttention'],
  ['session', 'keyType'],
  ['session', 'valueType'],
  ['generate', 'attention'],
  ['segment', 'splitter'],
  ['segment', 'short'],
  ['score', 'observer'],
  ['score', 'aggregate'],
  ['score', 'layers'],
  ['evaluate', 'mode'],
]

t.test('choices refuse other words, other case and other types', async t => {
  for (const [stage, option] of choices) {
    const name = `options.${option}`
    const give = (value: unknown) => () => at(stage)({ [option]: value })
    for (const value of ['', 'other', 'ALL', 'F16', 'constructor', '__proto__']) {
      refused(t, give(value), 'ERR_INVALID_ARG_VALUE', name, `${stage} ${option} ${value}`)
    }
    for (const value of [null, 5, {}, () => {}]) {
      refused(t, give(value), 'ERR_INVALID_ARG_TYPE', name, `${stage} ${option} ${typeof value}`)
    }
  }
})

const booleans: readonly (readonly [string, string])[] = [
  ['model', 'mmap'],
  ['model', 'isolate'],
  ...['perHead', 'perToken', 'includePrompt', 'includeSink'].map(name => ['score', name] as const),
]

t.test('booleans are no strings, numbers or null', async t => {
  for (const [stage, option] of booleans) {
    t.doesNotThrow(() => at(stage)({ [option]: true }))
    for (const value of ['true', 0, null, {}]) {
      const give = () => at(stage)({ [option]: value })
      refused(t, give, 'ERR_INVALID_ARG_TYPE', `options.${option}`, `${stage} ${option}`)
    }
  }
})

t.test('a signal is known by its members', async t => {
  const polyfill = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} }
  for (const stage of ['model', 'session', 'generate', 'score', 'evaluate']) {
    t.strictSame(Reflect.get(Object(at(stage)({ signal: polyfill })), 'signal'), polyfill)
    for (const signal of [null, 5, {}, new AbortController(), { aborted: 'no' }]) {
      const give = () => at(stage)({ signal })
      refused(t, give, 'ERR_INVALID_ARG_TYPE', 'options.signal', stage)
    }
  }
  for (const onProgress of [null, 5, 'x']) {
    const give = () => at('model')({ onProgress })
    refused(t, give, 'ERR_INVALID_ARG_TYPE', 'options.onProgress', `${onProgress}`)
  }
})

t.test('options are an object, and no key is unknown', async t => {
  for (const [stage, resolve] of Object.entries(stages)) {
    for (const options of [null, [], 5, 'x', true]) {
      refused(t, () => resolve(options), 'ERR_INVALID_ARG_TYPE', 'options', `${stage} ${options}`)
    }
    for (const key of ['nonsense', 'toString', '__proto__x']) {
      const give = () => resolve({ [key]: undefined })
      refused(t, give, 'ERR_UNKNOWN_OPTION', `options.${key}`, `${stage} ${key}`)
    }
  }
  t.throws(() => at('generate')({ maxToken: 5 }), { message: /Did you mean options\.maxTokens\?/ })
  t.throws(() => at('evaluate')({ temprature: 5 }), { message: /mean options\.temperature\?/ })
  t.throws(() => at('sampling')({ maxTokens: 5 }), { code: 'ERR_UNKNOWN_OPTION' })
})

t.test('a quantised value cache needs flash attention', async t => {
  for (const valueType of ['q8_0', 'q4_0']) {
    const give = (flashAttention: unknown) => () => at('session')({ flashAttention, valueType })
    refused(t, give(false), 'ERR_INVALID_ARG_VALUE', 'options.valueType', valueType)
    for (const good of [true, 'auto']) t.doesNotThrow(give(good))
  }
  t.doesNotThrow(() => at('session')({ flashAttention: false, keyType: 'q8_0' }))
})

t.test('stop strings: up to 16, none empty', async t => {
  const give = (stop: unknown) => () => at('generate')({ stop })
  t.doesNotThrow(give([]))
  t.doesNotThrow(give(Array.from({ length: 16 }, () => 'x')))
  refused(t, give(Array(17).fill('x')), 'ERR_INVALID_ARG_VALUE', 'options.stop', '17')
  refused(t, give('x'), 'ERR_INVALID_ARG_TYPE', 'options.stop', 'a string')
  refused(t, give(null), 'ERR_INVALID_ARG_TYPE', 'options.stop', 'null')
  refused(t, give(['x', '']), 'ERR_INVALID_ARG_VALUE', 'options.stop[1]', 'empty')
  refused(t, give(['x', 5]), 'ERR_INVALID_ARG_TYPE', 'options.stop[1]', 'a number')
  refused(t, give(Array(1)), 'ERR_INVALID_ARG_TYPE', 'options.stop[0]', 'a hole')
})

t.test('heads are layer and head, from 0', async t => {
  const give =
    (...attention: readonly unknown[]) =>
    () =>
      at('generate')({ attention })
  const first = 'options.attention[0]'
  refused(t, give(), 'ERR_INVALID_ARG_VALUE', 'options.attention', 'none')
  refused(t, give(5), 'ERR_INVALID_ARG_TYPE', first, 'a number')
  refused(t, give(null), 'ERR_INVALID_ARG_TYPE', first, 'null')
  refused(t, give({ layer: 0 }), 'ERR_INVALID_ARG_TYPE', `${first}.head`, 'no head')
  refused(t, give({ layer: -1, head: 0 }), 'ERR_OUT_OF_RANGE', `${first}.layer`, '-1')
  refused(t, give({ layer: 0, head: 0.5 }), 'ERR_OUT_OF_RANGE', `${first}.head`, '0.5')
  refused(t, give({ layer: 0, hed: 0 }), 'ERR_UNKNOWN_OPTION', `${first}.hed`, 'hed')
})

t.test('layers are checked against the model', async t => {
  const give = (layers: unknown) => () => at('score')({ layers })
  t.doesNotThrow(give({ from: 0, to: 4 }))
  refused(t, give([4]), 'ERR_OUT_OF_RANGE', 'options.layers[0]', 'layer 4 of 4')
  refused(t, give({ from: 2, to: 2 }), 'ERR_OUT_OF_RANGE', 'options.layers.to', 'empty')
})

t.test('a splitter is an object with a name and a function', async t => {
  const give = (splitter: unknown) => () => at('segment')({ splitter })
  for (const wrong of [{ name: 'x' }, { split: () => [] }, { name: '', split: () => [] }]) {
    refused(t, give(wrong), 'ERR_INVALID_ARG_TYPE', 'options.splitter', JSON.stringify(wrong))
  }
  t.throws(give('atuo'), { message: /one of 'auto', 'paragraph', .*'line'/ })
})

t.test('exactly one rule', async t => {
  const give = (options: unknown) => () => at('prune')(options)
  refused(t, give(undefined), 'ERR_INVALID_ARG_VALUE', 'options', 'undefined')
  refused(t, give({}), 'ERR_INVALID_ARG_VALUE', 'options', 'none')
  refused(t, give({ protect: [0] }), 'ERR_INVALID_ARG_VALUE', 'options', 'protect alone')
  refused(t, give({ keep: 1, ratio: 0.5 }), 'ERR_INVALID_ARG_VALUE', 'options', 'two')
  refused(t, give({ keep: 1, ratio: null }), 'ERR_INVALID_ARG_VALUE', 'options', 'one and null')
  t.doesNotThrow(give({ keep: 1, ratio: undefined }))
})

t.test('a list of protected steps has integers', async t => {
  const give = (protect: unknown) => () => at('prune')({ keep: 1, protect })
  refused(t, give(null), 'ERR_INVALID_ARG_TYPE', 'options.protect', 'null')
  refused(t, give(0), 'ERR_INVALID_ARG_TYPE', 'options.protect', 'a number')
  refused(t, give([0, '1']), 'ERR_INVALID_ARG_TYPE', 'options.protect[1]', 'a string')
  refused(t, give([0.5]), 'ERR_OUT_OF_RANGE', 'options.protect[0]', 'a fraction')
  refused(t, give([Number.NaN]), 'ERR_OUT_OF_RANGE', 'options.protect[0]', 'NaN')
})

t.test('a prompt is a string or messages, copied', async t => {
  t.strictSame(resolvePromptInput('hi'), { messages: null, raw: 'hi' })
  t.strictSame(resolvePromptInput(' '), { messages: null, raw: ' ' })
  const message = { role: 'user', content: '' } as const
  const { messages, raw } = resolvePromptInput([message])
  t.strictSame(messages, [message])
  t.not(messages?.[0], message)
  t.equal(raw, null)
})

t.test('a prompt without anything in it is ERR_EMPTY_PROMPT', async t => {
  for (const input of ['', []]) {
    t.throws(() => resolvePromptInput(input), { name: 'CotPruneError', code: 'ERR_EMPTY_PROMPT' })
  }
})

t.test('wrong messages are named', async t => {
  const give = (input: unknown) => () => call(resolvePromptInput, input)
  for (const input of [undefined, null, 5, {}, Buffer.from('x')]) {
    refused(t, give(input), 'ERR_INVALID_ARG_TYPE', 'prompt', `${input}`)
  }
  const good = { role: 'user', content: 'x' }
  refused(t, give([good, 'x']), 'ERR_INVALID_ARG_TYPE', 'prompt[1]', 'a string')
  refused(t, give([{ content: 'x' }]), 'ERR_INVALID_ARG_TYPE', 'prompt[0].role', 'no role')
  const tool = { ...good, role: 'tool' }
  refused(t, give([tool]), 'ERR_INVALID_ARG_VALUE', 'prompt[0].role', 'another role')
  const number = { ...good, content: 5 }
  refused(t, give([number]), 'ERR_INVALID_ARG_TYPE', 'prompt[0].content', 'a number')
  const named = { ...good, name: 'x' }
  refused(t, give([named]), 'ERR_UNKNOWN_OPTION', 'prompt[0].name', 'another key')
})
