/**
 * The reasoning of earlier assistant turns in a prompt: left out, as most templates have it; put in again as it was; or
 * pruned by score before. A turn is pruned once and the same way ever after, so that the cache of a chat that comes back
 * still begins with what it holds.
 */

import { createHash } from 'node:crypto'
import {
  type Model,
  type PrunedTrace,
  prune,
  type ScoredTrace,
  type SegmentedTrace,
  type Session,
  scoreStepGraph,
  segment,
  type TemplateArguments,
} from '../index.js'
import type { AskedMessage, History } from './asked.js'
import type { ChatHost } from './host.js'
import { endOf, type Prompt, renderPrompt } from './prompt.js'

export interface AskedHistory {
  readonly history: History
  /** Share of the tokens of each that stays. */
  readonly keep: number
  readonly templateArguments: TemplateArguments
  readonly signal: AbortSignal
}

/** What became of it; in tokens of the model. */
export interface ToldHistory {
  readonly history: History
  readonly turns: number
  readonly reasoningTokens: number
  readonly keptTokens: number
}

export interface HistoryPrompt extends Prompt {
  /** null: there was none. */
  readonly told: ToldHistory | null
}

export async function promptWithHistory(
  host: ChatHost,
  messages: readonly AskedMessage[],
  asked: AskedHistory,
): Promise<HistoryPrompt> {
  const model = await host.model()
  const turns = messages.flatMap(({ reasoning }, i) => (reasoning.trim() === '' ? [] : [i]))
  const { thinking } = model.info
  if (asked.history === 'drop' || turns.length === 0 || thinking === null) {
    return { ...(await renderPrompt(model, messages, asked.templateArguments)), told: null }
  }
  const thoughts = new Map<number, Thought>()
  for (const turn of turns) thoughts.set(turn, await thoughtOf(host, messages, turn, asked))
  const spliced = await splice(model, messages, thoughts, asked.templateArguments)
  const all = [...thoughts.values()]
  const sum = (of: (thought: Thought) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    ...spliced,
    told: {
      history: asked.history,
      turns: turns.length,
      reasoningTokens: sum(({ tokens }) => tokens),
      keptTokens: sum(({ kept }) => kept.length),
    },
  }
}

/** A reasoning as it was, and what of it is put in again. */
interface Thought {
  readonly tokens: number
  /** Its tokens, and the text that they are of. */
  readonly kept: readonly number[]
  readonly text: string
}

/* ---- pruning ------------------------------------------------------------------------------ */

/** Newest thoughts that are remembered, of all chats. */
const remembered = 512
const thoughts = new WeakMap<ChatHost, Map<string, Promise<Thought>>>()

/** The reasoning of an assistant turn, pruned by score as it would be put in again. */
export async function prunedThought(
  host: ChatHost,
  messages: readonly AskedMessage[],
  turn: number,
  { keep, signal }: Pick<AskedHistory, 'keep' | 'signal'>,
): Promise<string> {
  const asked = { history: 'prune', keep, templateArguments: {}, signal } as const
  return (await thoughtOf(host, messages, turn, asked)).text
}

function thoughtOf(
  host: ChatHost,
  messages: readonly AskedMessage[],
  turn: number,
  asked: AskedHistory,
): Promise<Thought> {
  const known = thoughts.get(host) ?? new Map<string, Promise<Thought>>()
  thoughts.set(host, known)
  const { history, keep, templateArguments } = asked
  const about = [history, keep, templateArguments, messages.slice(0, turn + 1)]
  const key = createHash('sha256').update(JSON.stringify(about)).digest('base64')
  const found = known.get(key) ?? makeThought(host, messages, turn, asked)
  known.delete(key)
  known.set(key, found)
  found.catch(() => known.delete(key))
  for (const oldest of known.keys()) {
    if (known.size <= remembered) break
    known.delete(oldest)
  }
  return found
}

async function makeThought(
  host: ChatHost,
  messages: readonly AskedMessage[],
  turn: number,
  { history, keep, templateArguments, signal }: AskedHistory,
): Promise<Thought> {
  const model = await host.model()
  const { reasoning = '', content = '' } = messages[turn] ?? {}
  const text = reasoning.trim()
  const tokens = await model.tokenize(text)
  const whole = { tokens: tokens.length, kept: tokens, text }
  if (history === 'keep') return whole
  const before = messages.slice(0, turn).map(({ role, content: text }) => ({ role, content: text }))
  const input = { messages: before, thinking: text, answer: content, templateArguments }
  const trace = segment(await model.traceOf(input))
  if (trace.steps.length < 2) return whole
  const pruned = await host.turns.run(async () =>
    keepShare(await scoreSteps(host, await host.solo(), trace, signal), keep),
  )
  const left = pruned.prunedText.trim()
  return { tokens: tokens.length, kept: await model.tokenize(left), text: left }
}

/** Whole steps, the highest first, as long as they fit. */
function keepShare(scored: ScoredTrace, keep: number): PrunedTrace {
  const count = Math.max(1, Math.round(keep * scored.steps.length))
  return prune(scored, { keep: count })
}

/** By the step graph where heads are known, else by what the end of the thinking looks at. */
export async function scoreSteps(
  host: ChatHost,
  session: Session,
  trace: SegmentedTrace,
  signal: AbortSignal,
): Promise<ScoredTrace> {
  const known = await host.heads()
  if (known === null) return session.scoreSteps(trace, { observer: 'think-end', signal })
  const graph = trace.stepGraph ?? (await session.stepGraph(trace, { heads: known.heads, signal }))
  return scoreStepGraph(trace, graph, known.score)
}

/* ---- splicing ----------------------------------------------------------------------------- */

/**
 * A template would drop what a message says between the tags, and tags of a message are text anyway. So the answers are
 * rendered as stand-ins, which are then replaced by tokens: what opens the thinking, the thought, what closes it, the answer.
 */
async function splice(
  model: Model,
  messages: readonly AskedMessage[],
  kept: ReadonlyMap<number, Thought>,
  templateArguments: TemplateArguments,
): Promise<Prompt> {
  const standIn = (turn: number) => `\ue000${String.fromCharCode(0xe100 + (turn % 0x700))}\ue001`
  const plain = messages.map(({ role, content }, i) => ({
    role,
    content: kept.has(i) ? standIn(i) : content,
  }))
  const rendered = await model.renderChat(plain, { templateArguments })
  const pieces = await model.pieces(rendered.tokens)
  const encoder = new TextEncoder()
  let tokens: number[] = []
  let from = 0
  for (const [turn, thought] of kept) {
    const range = findBytes(pieces, encoder.encode(standIn(turn)), from)
    // the template has no place for it, or its text has grown together with a neighbour's
    if (range === null) continue
    tokens = [...tokens, ...rendered.tokens.slice(from, range.start)]
    const before = await model.detokenize(rendered.tokens.slice(0, range.start))
    tokens.push(...(await thoughtTokens(model, thought, before)))
    tokens.push(...(await model.tokenize(messages[turn]?.content ?? '')))
    from = range.end
  }
  tokens = [...tokens, ...rendered.tokens.slice(from)]
  return { tokens, text: await model.detokenize(tokens), end: endOf(model, rendered.text) }
}

async function thoughtTokens(model: Model, { kept }: Thought, before: string): Promise<number[]> {
  const { thinking } = model.info
  if (thinking === null) return []
  const tag = (text: string) => model.tokenize(text, { parseSpecial: true })
  const opening = endOf(model, before) === 'opened' ? [] : await tag(thinking.opening)
  return [...opening, ...kept, ...(await tag(thinking.closing))]
}

/** The tokens whose bytes are exactly these; null where there are none. */
function findBytes(
  pieces: readonly Uint8Array[],
  searched: Uint8Array,
  from: number,
): { readonly start: number; readonly end: number } | null {
  for (let start = from; start < pieces.length; start++) {
    let length = 0
    for (let end = start; end < pieces.length; end++) {
      const piece = pieces[end] ?? new Uint8Array()
      if (!piece.every((byte, i) => byte === searched[length + i])) break
      length += piece.length
      if (length === searched.length && piece.length > 0) return { start, end: end + 1 }
      if (length > searched.length) break
    }
  }
  return null
}
