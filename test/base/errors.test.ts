import vm from 'node:vm'
import t from 'tap'
import {
  CotPruneError,
  errorCodes,
  fromNative,
  invalidType,
  invalidValue,
  outOfRange,
  render,
  unknownOption,
} from '../../dist/base/errors.js'

t.test('a CotPruneError has its name, code and cause, and prints them as errors do', async t => {
  const cause = new Error('underneath')
  const error = new CotPruneError('ERR_BUSY', 'a job is running', { cause })
  t.ok(error instanceof Error)
  t.equal(error.name, 'CotPruneError')
  t.equal(error.code, 'ERR_BUSY')
  t.equal(error.cause, cause)
  t.equal(`${error}`, 'CotPruneError: a job is running')
  t.match(error.stack, /^CotPruneError: a job is running\n +at /)
  t.notOk(Object.keys(error).includes('name'), 'name is not an own field')
  t.equal(Object.hasOwn(new CotPruneError('ERR_BUSY', ''), 'cause'), false)
})

t.test('is() knows errors of other realms and copies, with and without a code', async t => {
  const foreign: unknown = vm.runInNewContext(
    "Object.assign(new Error('x'), { name: 'CotPruneError', code: 'ERR_CLOSED' })",
  )
  t.equal(foreign instanceof Error, false, 'the test has another realm')
  t.ok(CotPruneError.is(foreign))
  t.ok(CotPruneError.is(foreign, 'ERR_CLOSED'))
  t.notOk(CotPruneError.is(foreign, 'ERR_BUSY'))
  for (const code of errorCodes) t.ok(CotPruneError.is(new CotPruneError(code, ''), code))
})

t.test('is() is false for whatever else there is', async t => {
  const others: readonly unknown[] = [
    undefined,
    null,
    0,
    'CotPruneError',
    {},
    new Error('x'),
    { name: 'CotPruneError' },
    { name: 'CotPruneError', code: 'ERR_OUT_OF_RANGE' },
    { name: 'Error', code: 'ERR_BUSY' },
    outOfRange('x', 'y', 1),
  ]
  for (const other of others) t.notOk(CotPruneError.is(other), render(other))
})

t.test('every code is listed once', async t => {
  t.equal(new Set(errorCodes).size, errorCodes.length)
  t.ok(errorCodes.every(code => /^ERR_[A-Z_]+$/.test(code)))
})

t.test(
  'argument errors have the class and code of Node, and start the stack at the caller',
  async t => {
    const cases = [
      [invalidType('options.seed', 'an integer', 'x'), TypeError, 'ERR_INVALID_ARG_TYPE'],
      [invalidValue('options.mode', "one of 'a'", 'b'), TypeError, 'ERR_INVALID_ARG_VALUE'],
      [outOfRange('options.topP', 'a number above 0', 0), RangeError, 'ERR_OUT_OF_RANGE'],
      [unknownOption('options.sed', ['seed']), TypeError, 'ERR_UNKNOWN_OPTION'],
    ] as const
    for (const [error, type, code] of cases) {
      t.ok(error instanceof type)
      t.equal(error.code, code)
      t.match(error.stack?.split('\n')[1], /errors\.test\.ts/)
    }
  },
)

t.test('a message says where, what was expected and what came', async t => {
  t.equal(
    invalidType('options.seed', 'an integer', 'abc').message,
    "options.seed must be an integer. Received 'abc' (string)",
  )
  t.equal(
    outOfRange('options.topP', 'a number', Number.NaN).message,
    'options.topP must be a number. Received NaN (number)',
  )
})

t.test('received values are rendered short and never throw', async t => {
  t.equal(render(null), 'null')
  t.equal(render(undefined), 'undefined')
  t.equal(render(1n), '1 (bigint)')
  t.equal(render(Symbol('s')), 'Symbol(s) (symbol)')
  t.equal(render([1, 2, 3]), 'an array of 3')
  t.equal(render(new Map()), 'an instance of Map')
  t.equal(render({}), 'an instance of Object')
  t.equal(render(Object.create(null)), 'an object')
  t.equal(render({ constructor: 5 }), 'an object')
  t.equal(render(render), 'a function render')
  t.equal(render('x'.repeat(10_000)), `'${'x'.repeat(40)}…' (string)`)
})

t.test('an unknown option gets the near name, or all names where none is near', async t => {
  const known = ['maxTokens', 'seed', 'signal', 'topK', 'topP']
  const message = (key: string) => unknownOption(`options.${key}`, known).message
  const hint = (name: string) => `Did you mean options.${name}?`
  t.equal(message('maxToken'), `options.maxToken is not a known option. ${hint('maxTokens')}`)
  t.ok(message('max_tokens').endsWith(hint('maxTokens')))
  t.ok(message('MAXTOKENS').endsWith(hint('maxTokens')))
  t.ok(message('sede').endsWith(hint('seed')))
  t.ok(message('singal').endsWith(hint('signal')))
  t.ok(message('temperature').endsWith('Known are maxTokens, seed, signal, topK, topP'))
  t.ok(unknownOption('prompt[2].rle', ['role']).message.endsWith('Did you mean prompt[2].role?'))
  t.ok(message('x'.repeat(1e6)).length < 200)
})

t.test(
  "an addon's error becomes a CotPruneError with context, cause and the caller's stack",
  async t => {
    const raw = Object.assign(new Error('no such file'), { code: 'ERR_MODEL_NOT_FOUND' })
    function loadModel() {
      return new Error('captured')
    }
    const error = fromNative(raw, 'loading a.gguf', loadModel())
    t.ok(CotPruneError.is(error, 'ERR_MODEL_NOT_FOUND'))
    t.equal(error.message, 'loading a.gguf: no such file')
    t.equal(error.cause, raw)
    t.match(error.stack, /^CotPruneError: loading a\.gguf: no such file\n +at loadModel /)
    t.match(fromNative(raw, 'x').stack, /\n +at /, 'a stack of its own without a captured one')
  },
)

t.test('errors that are not ours come back as they are', async t => {
  const plain = new Error('x')
  const node = Object.assign(new Error('x'), { code: 'ENOENT' })
  const argument = outOfRange('a', 'b', 1)
  const ours = new CotPruneError('ERR_CLOSED', 'closed')
  for (const error of [plain, node, argument, ours]) t.equal(fromNative(error, 'context'), error)
  const odd = fromNative('a string', 'context')
  t.ok(odd instanceof Error)
  t.equal(odd.message, "context: 'a string' (string)")
  t.equal(odd.cause, 'a string')
})
