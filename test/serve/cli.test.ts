/** `cot-prune serve` as a process: what it prints, and how it ends. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { asking, post } from '../support/serving.js'

const cli = join(packageFolder, 'dist/entry/cli/index.js')

function start(...args: string[]) {
  const child = spawn(process.execPath, [cli, 'serve', '--context', '1024', ...args])
  let errors = ''
  child.stderr.on('data', data => {
    errors += data
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => String((await lines.next()).value)
  return { child, line, errors: () => errors }
}

t.test('it says where it is, answers, and finishes what runs at SIGTERM', async t => {
  const { child, line } = start('--json', '--no-token', '--quiet')
  const said = JSON.parse(await line()) as { readonly apiUrl: string; readonly token: null }
  t.match(said, { token: null, models: ['embedded'], pageUrl: /^http:\/\/127\.0\.0\.1:\d+\/$/ })
  const running = post(said, 'chat/completions', asking())
  await new Promise(resolve => setTimeout(resolve, 150))
  child.kill('SIGTERM')
  t.equal((await running).status, 200)
  t.strictSame(await once(child, 'exit'), [0, null])
})

t.test('in words, with a key; Ctrl-C ends it', async t => {
  const { child, line, errors } = start('--api-key', 'mine')
  t.match(await line(), /^models +embedded$/)
  const [, apiUrl = ''] = /^base URL +(\S+)$/.exec(await line()) ?? []
  t.match(await line(), /^key +mine$/)
  t.match(await line(), /^page +http\S+\/\?token=mine$/)
  t.equal((await fetch(`${apiUrl}/models`)).status, 401)
  child.kill('SIGINT')
  t.strictSame(await once(child, 'exit'), [0, null])
  t.match(errors(), /what runs is finished/)
})

t.test('a wrong option is wrong usage, a model that is missing is said', async t => {
  t.strictSame(await once(start('--parallel', '0').child, 'exit'), [2, null])
  const { child, errors } = start('--model', 'nowhere.gguf')
  t.strictSame(await once(child, 'exit'), [1, null])
  t.match(errors(), /ERR_MODEL_NOT_FOUND/)
})

t.test('without hono it says what to install', async t => {
  const hooks =
    "export const resolve = (name, context, next) => { if (name === 'hono') throw new Error('missing'); return next(name, context) }"
  const module = `data:text/javascript,${encodeURIComponent(hooks)}`
  const register = `import { register } from 'node:module'; register(${JSON.stringify(module)})`
  const loader = `data:text/javascript,${encodeURIComponent(register)}`
  const child = spawn(process.execPath, ['--import', loader, cli, 'serve'])
  let errors = ''
  child.stderr.on('data', data => {
    errors += data
  })
  t.strictSame(await once(child, 'exit'), [1, null])
  t.match(errors, /ERR_OPTIONAL_PACKAGE.*npm install hono @hono\/node-server/)
})
