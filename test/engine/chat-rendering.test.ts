/** Messages in a chat template: tags that they quote, and turns that the template refuses. */

import t from 'tap'
import { loadModel, type Message, type Model } from '../../dist/index.js'
import { tinyModel } from '../support/tiny-models.mjs'
import { chatTemplate } from '../support/tiny-vocabulary.mjs'

async function open(template?: string): Promise<Model> {
  const model = await loadModel(tinyModel(template === undefined ? {} : { template }))
  t.teardown(() => model.close())
  return model
}

const user = (content: string): Message => ({ role: 'user', content })
const system = (content: string): Message => ({ role: 'system', content })
const assistant = (content: string): Message => ({ role: 'assistant', content })

/** In the made vocabulary both tags are found in any text, as R1's are; its template opens the thinking. */
t.test('a tag that a message quotes is text, and the tag of the template is the tag', async t => {
  const model = await open(chatTemplate('<｜Assistant｜><think>\\n'))
  const [opening] = await model.tokenize('<think>')
  const [closing] = await model.tokenize('</think>')
  t.equal((await model.tokenize('a</think>')).length, 2, 'the vocabulary finds it in any text')
  const cases: readonly (readonly [string, readonly Message[]])[] = [
    ['nothing quoted', [user('What is 1 + 1?')]],
    ['a closing tag', [user('What does </think> do?')]],
    ['both', [user('<think>no</think>')]],
    ['nothing but tags', [user('</think></think><think>')]],
    ['right before the tag of the template', [user('Say <think>')]],
    ['in a system turn', [system('Never write </think>.'), user('hi')]],
    ['in several turns', [user('a </think>'), assistant('b <think> c'), user('</think> d')]],
    ['a tag inside of a longer one', [user('<think></think')]],
  ]
  for (const [name, messages] of cases) {
    const { text, tokens } = await model.renderChat(messages)
    const count = (token: number | undefined) => tokens.filter(id => id === token).length
    t.equal(count(opening), 1, `${name}: the template has one`)
    t.equal(count(closing), 0, name)
    t.equal(
      tokens.lastIndexOf(opening ?? -1),
      tokens.length - 2,
      `${name}: where the template ends`,
    )
    t.equal(await model.detokenize(tokens), text, `${name}: the text is what it was`)
  }
})

t.test('the other turns keep their tokens when one quotes a tag', async t => {
  const model = await open(chatTemplate('<｜Assistant｜><think>\\n'))
  const [plain, quoting] = await Promise.all(
    ['Say x now.', 'Say </think> now.'].map(content =>
      model.renderChat([system('Be kind.'), user(content), assistant('Well.'), user('Again.')]),
    ),
  )
  const shared = plain?.tokens.indexOf((await model.tokenize('x'))[0] ?? -1) ?? -1
  t.ok(shared > 0)
  t.strictSame(quoting?.tokens.slice(0, shared), plain?.tokens.slice(0, shared))
  const behind = plain?.tokens.slice(shared + 1) ?? []
  t.strictSame(quoting?.tokens.slice(-behind.length), behind)
})

t.test('a template that reads the tags of a message has its way', async t => {
  const model = await open(chatTemplate('<｜Assistant｜><think>\\n'))
  const [closing = -1] = await model.tokenize('</think>')
  // this template cuts an assistant's thinking off at the closing tag
  const { text, tokens } = await model.renderChat([
    user('Say </think>.'),
    assistant('<think>hidden</think>shown'),
    user('Go on.'),
  ])
  t.notMatch(text, /hidden/)
  t.match(text, /Say <\/think>\./)
  t.notOk(tokens.includes(closing), 'what the user quotes stays text')
  t.equal(await model.detokenize(tokens), text)
})

t.test('tags of a format that the template does not name are text too', async t => {
  const model = await open("{{ messages[0]['content'] }}")
  t.match(model.info.thinking, { name: 'think', from: 'vocabulary' })
  const { tokens } = await model.renderChat([user('</think>')])
  t.notOk(tokens.includes(model.info.thinking?.closeToken ?? -1))
  t.ok(tokens.length > 1)
})

/* ---- turns that are refused ---------------------------------------------------------------- */

const refusing = [
  "{% for m in messages %}{% if m.role == 'system' %}",
  "{{ raise_exception('System role not supported') }}{% endif %}",
  "{{ '[' + m.role + ']' + m.content }}{% endfor %}",
].join('')
const alternating = [
  "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}",
  "{{ raise_exception('Roles must alternate') }}{% endif %}",
  "{{ '[' + m.role + ']' + m.content }}{% endfor %}",
].join('')

t.test('a system turn that is refused goes into the first user turn', async t => {
  for (const template of [refusing, alternating]) {
    const model = await open(template)
    const text = async (...messages: readonly Message[]) => (await model.renderChat(messages)).text
    t.equal(await text(system('Be kind.'), user('hi')), '[user]Be kind.\n\nhi')
    t.equal(
      await text(system('A.'), user('hi'), assistant('yes'), user('so')),
      '[user]A.\n\nhi[assistant]yes[user]so',
    )
    t.equal(await text(system('A.'), system('B.'), user('hi')), '[user]A.\n\nB.\n\nhi')
    t.equal(await text(user('hi')), '[user]hi')
  }
  const taking = await open(
    "{% for m in messages %}{{ '[' + m.role + ']' + m.content }}{% endfor %}",
  )
  const { text } = await taking.renderChat([system('A.'), user('hi')])
  t.equal(text, '[system]A.[user]hi', 'one that takes it gets it')
})

t.test('what cannot be rendered is said in one sentence, with the role', async t => {
  const cases: readonly (readonly [string, readonly Message[], RegExp])[] = [
    [
      refusing,
      [system('A.')],
      /^the model's chat template refuses the role 'system' of message 1: System role not supported$/,
    ],
    [
      alternating,
      [user('a'), user('b')],
      /^the model's chat template refuses the role 'user' of message 2: Roles must alternate$/,
    ],
    [
      alternating,
      [system('s'), user('a'), user('b')],
      /refuses the role 'user' of message 3: Roles/,
    ],
    [
      '{% for m in messages %}\n  {{ m.content | nosuch }}\n{% endfor %}',
      [user('a')],
      /^model: the model's chat template cannot be rendered: Unknown .*'nosuch'/,
    ],
    ["{{ raise_exception('never') }}", [user('a')], /cannot be rendered: Jinja Exception: never$/],
  ]
  for (const [template, messages, message] of cases) {
    const error = await (await open(template)).renderChat(messages).catch((it: unknown) => it)
    t.match(error, { code: 'ERR_CHAT_TEMPLATE', message })
    const said = error instanceof Error ? error.message : ''
    t.notMatch(said, /\n|\{%|\{\{/, 'no source of the template')
  }
})
