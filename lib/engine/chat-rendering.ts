/**
 * Messages → the prompt that a chat template makes of them, where the template alone would not do: tags that a message
 * quotes stay text, and a system turn that the template refuses goes into the first user turn.
 */

import type { Message, ThinkingFormat } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'

/** A prompt as the template made it. */
export interface RenderedChat {
  readonly text: string
  readonly tokens: readonly number[]
}

/** What renders, and what is known of the vocabulary. */
export interface Renderer {
  render(messages: readonly Message[]): Promise<RenderedChat>
  /** Of text in which control tokens are text. */
  tokenize(text: string): Promise<readonly number[]>
  readonly template: string
  readonly format: Pick<ThinkingFormat, 'open' | 'close'>
}

export async function renderMessages(
  messages: readonly Message[],
  renderer: Renderer,
): Promise<RenderedChat> {
  const { rendered, used } = await renderOrFold(messages, renderer)
  return withQuotesAsText(rendered, used, renderer)
}

/* ---- a system turn that is refused -------------------------------------------------------- */

/** What was rendered, or why it was not. */
async function attempt(
  messages: readonly Message[],
  { render }: Renderer,
): Promise<RenderedChat | CotPruneError> {
  try {
    return await render(messages)
  } catch (error) {
    if (CotPruneError.is(error, 'ERR_CHAT_TEMPLATE')) return error
    throw error
  }
}

async function renderOrFold(
  messages: readonly Message[],
  renderer: Renderer,
): Promise<{ readonly rendered: RenderedChat; readonly used: readonly Message[] }> {
  const rendered = await attempt(messages, renderer)
  if (!CotPruneError.is(rendered)) return { rendered, used: messages }
  const folded = withoutSystem(messages)
  const again = folded === null ? rendered : await attempt(folded, renderer)
  if (folded !== null && !CotPruneError.is(again)) return { rendered: again, used: folded }
  throw (await refusedTurn(messages, folded ?? messages, renderer)) ?? rendered
}

/** All system text before the text of the first user turn; null where there is none of either. */
function withoutSystem(messages: readonly Message[]): readonly Message[] | null {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content)
  const others = messages.filter(({ role }) => role !== 'system')
  const first = others.findIndex(({ role }) => role === 'user')
  if (system.length === 0 || first === -1) return null
  return others.map((message, i) =>
    i === first ? { ...message, content: [...system, message.content].join('\n\n') } : message,
  )
}

/** What a template says that raises an exception of its own, and does not fail by accident. */
const raised = /Jinja Exception: (.*)$/s

/** Which turn it is that the template refuses, the last of the shortest beginning that fails; null where it is none. */
async function refusedTurn(
  messages: readonly Message[],
  turns: readonly Message[],
  renderer: Renderer,
): Promise<CotPruneError | null> {
  if (CotPruneError.is(await attempt([], renderer))) return null
  const places = messages.flatMap(({ role }, i) =>
    turns.length === messages.length || role !== 'system' ? [i + 1] : [],
  )
  for (const [i, { role }] of turns.entries()) {
    const error = await attempt(turns.slice(0, i + 1), renderer)
    if (!CotPruneError.is(error)) continue
    const [, reason] = raised.exec(error.message) ?? []
    if (reason === undefined) return null
    const where = `the role '${role}' of message ${places[i]}`
    const message = `the model's chat template refuses ${where}: ${reason}`
    return new CotPruneError('ERR_CHAT_TEMPLATE', message, { cause: error })
  }
  return null
}

/* ---- tags that are quoted ----------------------------------------------------------------- */

/** What looks like a tag in the source of a template. */
const markup = /<[^<>\s'"]{1,40}>|\[\/?[A-Z_]{2,40}\]/g

/**
 * The renderer keeps the text of messages apart, so that no control token comes of it. Some vocabularies find a few
 * tags in any text all the same (tokens that are "user-defined": R1's `</think>` and `<｜User｜>`). Where a message quotes
 * one that the template or the thinking format uses, its token is taken out again, for the tokens of its two halves.
 */
async function withQuotesAsText(
  rendered: RenderedChat,
  messages: readonly Message[],
  renderer: Renderer,
): Promise<RenderedChat> {
  const { template, format } = renderer
  const known = new Set([format.open, format.close, ...(template.match(markup) ?? [])])
  let { tokens } = rendered
  for (const tag of known) {
    if (!messages.some(({ content }) => content.includes(tag))) continue
    const [token, ...more] = await renderer.tokenize(tag)
    if (token === undefined || more.length > 0) continue
    tokens = await withoutQuoted({ ...rendered, tokens }, messages, { tag, token }, renderer)
  }
  return { text: rendered.text, tokens }
}

async function withoutQuoted(
  { text, tokens }: RenderedChat,
  messages: readonly Message[],
  { tag, token }: { readonly tag: string; readonly token: number },
  renderer: Renderer,
): Promise<readonly number[]> {
  const quoted = await quotedPlaces(text, messages, tag, renderer)
  if (quoted.size === 0) return tokens
  const places = tokens.flatMap((id, place) => (id === token ? [place] : []))
  // else some of the tags in the text are no tokens, and none can be told
  if (places.length !== text.split(tag).length - 1) return tokens
  const half = tag.length >> 1
  const halves = [
    ...(await renderer.tokenize(tag.slice(0, half))),
    ...(await renderer.tokenize(tag.slice(half))),
  ]
  const replaced = new Set(places.filter((_, nth) => quoted.has(nth)))
  return tokens.flatMap((id, place) => (replaced.has(place) ? halves : [id]))
}

/**
 * How often a chat may be rendered to find out which messages the template reads itself: whoever sends messages decides how
 * many there are of those. What is not found out by then has its way.
 */
const mostRenderings = 32

/**
 * Which of the tags in the rendered text, counted from 0, come from messages. They are rendered with something else in
 * their place: where the rest stays what it was, the template has only passed them through. One that reads them, as
 * those do that cut an assistant's thinking off, has its way. Messages of a role are asked together, which is enough
 * where all are passed through; else by halves.
 */
async function quotedPlaces(
  text: string,
  messages: readonly Message[],
  tag: string,
  renderer: Renderer,
): Promise<ReadonlySet<number>> {
  // of the same length, from a block that no template looks for
  const standIn = '\ue000'.repeat(tag.length)
  const quoted = new Set<number>()
  if (text.includes(standIn)) return quoted
  const groups = quotingByRole(messages, tag)
  for (let left = mostRenderings; left > 0; left--) {
    const group = groups.shift()
    if (group === undefined) break
    const asked = new Set(group)
    const changed = messages.map((message, i) =>
      asked.has(i) ? { ...message, content: message.content.replaceAll(tag, standIn) } : message,
    )
    const again = await attempt(changed, renderer)
    const passed = !CotPruneError.is(again) && again.text.replaceAll(standIn, tag) === text
    if (passed) for (const nth of standInsAmong(text, again.text, tag, standIn)) quoted.add(nth)
    else groups.push(...halvesOf(group))
  }
  return quoted
}

/** Indices of messages that have a tag, those of a role together. */
function quotingByRole(messages: readonly Message[], tag: string): (readonly number[])[] {
  const groups = new Map<string, number[]>()
  for (const [i, { role, content }] of messages.entries()) {
    if (!content.includes(tag)) continue
    const group = groups.get(role)
    if (group === undefined) groups.set(role, [i])
    else group.push(i)
  }
  return [...groups.values()]
}

function halvesOf(group: readonly number[]): readonly (readonly number[])[] {
  const half = group.length >> 1
  return half === 0 ? [] : [group.slice(0, half), group.slice(half)]
}

/** Which of the tags, counted from 0, are another text in `changed`, which is as long. */
function standInsAmong(text: string, changed: string, tag: string, standIn: string): number[] {
  const found: number[] = []
  let at = text.indexOf(tag)
  for (let nth = 0; at !== -1; nth++, at = text.indexOf(tag, at + tag.length)) {
    if (changed.startsWith(standIn, at)) found.push(nth)
  }
  return found
}
