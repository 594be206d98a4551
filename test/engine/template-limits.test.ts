/** Templates that mean no good: each is refused in bounded time and memory, and the process goes on. */

import t from 'tap'
import { loadModel, type Message } from '../../dist/index.js'
import { hostile, templateOf } from '../hard/templates.mjs'
import { tinyModel } from '../support/tiny-models.mjs'

const messages: readonly Message[] = [{ role: 'user', content: 'One?' }]

async function render(chatTemplate: string, turns = messages): Promise<string> {
  const model = await loadModel(tinyModel(), { chatTemplate })
  try {
    return (await model.renderChat(turns)).text
  } finally {
    await model.close()
  }
}

/** The longest: test/hard/fuzz-templates.mjs has them. */
const slow: ReadonlySet<string> = new Set([
  'a long loop',
  'a long text',
  'a text in all places',
  'a joint of joints',
  'a text looked for',
])

t.test('what never ends, or takes all memory or all of a stack, is refused', async t => {
  for (const [name, template] of Object.entries(hostile)) {
    if (slow.has(name)) continue
    await t.rejects(render(template), { name: 'CotPruneError', code: 'ERR_CHAT_TEMPLATE' }, name)
  }
})

t.test('the message says which limit it was', async t => {
  const cases = [
    ["{{ 'x' * 1000000000 }}", /more time or memory than a template may/],
    ['{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', /nested deeper than a template may be/],
    ['x'.repeat(1_100_000), /it has 11000\d\d bytes, expected at most 1048576/],
    [`{{ '${'x'.repeat(1000)}' * 2000 }}`, /a text of 2000000 bytes, expected at most/],
    [`{{ ${'1 + '.repeat(10_000)}1 }}`, /more than 10000 words in one tag/],
    ["{{ raise_exception('x' * 1000000) }}", /^.{1,3000}$/s],
  ] as const
  for (const [template, message] of cases) {
    await t.rejects(render(template), { code: 'ERR_CHAT_TEMPLATE', message })
  }
})

t.test('JavaScript goes on while one is rendered', async t => {
  let turns = 0
  let done = false
  const rendering = render('{% for i in range(1000000000) %}x{% endfor %}').finally(() => {
    done = true
  })
  rendering.catch(() => {})
  while (!done) {
    turns++
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  await t.rejects(rendering, { code: 'ERR_CHAT_TEMPLATE' })
  t.ok(turns > 10, `${turns} turns`)
})

t.test('arithmetic that ends a process is an error or a number', async t => {
  await t.rejects(render('{{ 3 is divisibleby(0) }}'), { code: 'ERR_CHAT_TEMPLATE' })
  t.equal(await render('{{ (-9223372036854775807) is divisibleby(-1) }}'), 'True')
  t.equal(await render("{{ 'abcdefgh'[5:7:9223372036854775807] }}"), 'f')
  t.equal(await render("{{ 'a,b,,c'.split(',')|tojson }}"), '["a", "b", "", "c"]')
  t.equal(await render("{{ 'a,b,c'.split(',', 1)|tojson }}"), '["a", "b,c"]')
  t.equal(await render("{{ 'aXbXX'.replace('X', 'XY') }}"), 'aXYbXYXY')
  t.match(await render("{{ [3, 'a', 1.5, '10', 2, 'b', 9, 8, 7]|sort|length }}"), '9')
})

t.test('what holds itself is let go', async t => {
  const template = "{% set n = namespace(big='x' * 300000) %}{% set n.n = [n] %}ok"
  t.equal(await render(template), 'ok')
  const before = process.memoryUsage().rss
  for (let i = 0; i < 30; i++) await render(template)
  const grown = (process.memoryUsage().rss - before) / 2 ** 20
  // a text of 300,000 parts takes 12 MB
  t.ok(grown < 150, `${grown} MB`)
})

t.test('a long conversation is none of them', async t => {
  const turns: Message[] = Array.from({ length: 400 }, (_, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: `${'why '.repeat(300)}END${'so '.repeat(300)}`,
  }))
  const template = `{% set n = namespace(last=0) %}
{%- for message in messages[::-1] %}{% set n.last = n.last + loop.index %}{% endfor %}
{%- for message in messages %}
  {%- set content = message.content.split('END')[-1].strip() %}
  {{- '<' + message.role + '>' + content }}
{%- endfor %}`
  const text = await render(template, turns)
  t.equal(text.length, 400 * 900 - 400 + 200 * '<user>'.length + 200 * '<assistant>'.length)
})

t.test('seeded mutations are rendered or refused', async t => {
  for (let seed = 1; seed <= 40; seed++) {
    const template = templateOf(seed)
    if (template.trim() === '') continue
    const outcome = await render(template).then(
      () => 'ok',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : String(error)),
    )
    t.ok(outcome === 'ok' || outcome === 'ERR_CHAT_TEMPLATE', `${seed}: ${outcome}`)
  }
})
