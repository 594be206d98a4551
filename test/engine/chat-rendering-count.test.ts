/** How often a chat is rendered to tell tags that a message quotes from the template's own. */

import t from 'tap'
import { type Renderer, renderMessages } from '../../dist/engine/chat-rendering.js'
import type { Message } from '../../types/public.js'

const tag = '</think>'
/** The tag is a token, as is each other character. */
const tagToken = 9_000_000

function tokensOf(text: string): readonly number[] {
  return text
    .split(tag)
    .flatMap((part, i) => [...(i > 0 ? [tagToken] : []), ...Array.from(part, codeOf)])
}
const codeOf = (character: string): number => character.codePointAt(0) ?? 0

/** A template that passes all on, but for messages of the assistant that `reads`: of those it cuts off what is before a tag. */
function counting(reads: (message: Message, i: number) => boolean) {
  const rendered = { count: 0 }
  const renderer: Renderer = {
    render: async messages => {
      rendered.count++
      const text = messages
        .map((message, i) => {
          const { role, content } = message
          return `${role}:${reads(message, i) ? content.slice(content.lastIndexOf(tag) + 1) : content};`
        })
        .join('')
      return { text: `${text}${tag}`, tokens: tokensOf(`${text}${tag}`) }
    },
    tokenize: async text => tokensOf(text),
    template: `{{ '${tag}' }}`,
    format: { open: '<think>', close: tag },
  }
  return { renderer, rendered }
}

const chat = (turns: number): Message[] =>
  Array.from({ length: turns }, (_, i) => ({
    role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
    content: `turn ${i} says ${tag} and goes on`,
  }))

const tagsIn = (tokens: readonly number[]): number => tokens.filter(id => id === tagToken).length

t.test(
  'where all are passed on, a role is rendered once, however many messages it has',
  async t => {
    const { renderer, rendered } = counting(() => false)
    const { tokens } = await renderMessages(chat(400), renderer)
    t.equal(rendered.count, 3, 'itself, users, assistants')
    t.equal(tagsIn(tokens), 1, 'the tag of the template alone is a token')
  },
)

t.test('one that the template reads has its way, the others stay text', async t => {
  const { renderer } = counting((_, i) => i === 5)
  const { text, tokens } = await renderMessages(chat(12), renderer)
  t.equal(text.split(tag).length - 1, 12, 'eleven are quoted, one is of the template')
  t.equal(tagsIn(tokens), 1)
})

t.test('the template may read as many as it wants: renderings are bounded', async t => {
  const { renderer, rendered } = counting(({ role }) => role === 'assistant')
  const { tokens } = await renderMessages(chat(400), renderer)
  t.ok(rendered.count <= 33, `${rendered.count} renderings`)
  t.equal(tagsIn(tokens), 1, 'those of users are text')
})
