/** A failed assertion of ggml ends a session and its model, and nothing else: test/native/containment.cc says what. */

import t from 'tap'
import { program, run } from '../support/programs.js'
import { tinyModel } from '../support/tiny-models.mjs'

const { path, skip } = program('containment')

t.test('session and model are given up, other models go on', { skip }, async t => {
  const { stdout } = await run(path, [tinyModel({ layers: 1 })])
  const said: { what: string; outcome: string; message: string }[] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.strictSame(Object.fromEntries(said.map(({ what, outcome }) => [what, outcome])), {
    decode: 'works',
    assertion: 'ERR_ENGINE',
    'the session again': 'ERR_ENGINE',
    'its state': 'ERR_ENGINE',
    'another session of the model': 'ERR_ENGINE',
    'a new session of the model': 'ERR_ENGINE',
    'another model': 'works',
    closing: 'works',
    'outside of a session': 'Abort',
  })
  const messages = new Map(said.map(({ what, message }) => [what, message]))
  // the words of ggml, without a folder of the machine that built this
  t.match(
    messages.get('assertion'),
    /llama\.cpp gave up: containment\.cc:\d+: GGML_ASSERT\(1 \+ 1 == 3\) failed\. The model/,
  )
  t.match(messages.get('outside of a session'), /^containment\.cc:\d+: none of the 2$/)
})
