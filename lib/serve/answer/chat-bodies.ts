/** What POST /v1/chat/completions answers: one body, or the chunks of a stream. */

import { packageVersion } from '../../base/package.js'
import type { ChatAnswer, ChatEvent, Likely } from '../../chat/index.js'
import type { Model } from '../../index.js'
import type { ChatRun } from '../run/chat-run.js'
import { type ChatLogprobs, chatLogprobs } from './logprobs.js'
import { merged } from './merged.js'
import { toldPruning } from './told-pruning.js'
import { usageOf } from './usage.js'

const fingerprint = `cot-prune-${packageVersion()}`

const common = ({ id, created, host }: ChatRun) => ({
  id,
  created,
  model: host.id,
  system_fingerprint: fingerprint,
})

/** All answers, whole. */
export async function chatBody(run: ChatRun): Promise<object> {
  const model = await run.host.model()
  const { n, alternatives } = run.request
  const choices = await Promise.all(
    Array.from({ length: n }, async (_, index) => {
      const parts: Likely[] = []
      for await (const event of run.answer(index)) {
        if (event.type === 'delta' && event.likely !== null) parts.push(event.likely)
        if (event.type === 'end') return { index, answer: event.answer, parts }
      }
      throw new Error('an answer has no end')
    }),
  )
  return {
    ...common(run),
    object: 'chat.completion',
    choices: await Promise.all(
      choices.map(async ({ index, answer, parts }) => ({
        index,
        message: messageOf(answer),
        logprobs: alternatives === null ? null : await logprobsOf(model, parts, alternatives),
        finish_reason: answer.finishReason,
      })),
    ),
    usage: usageOf(choices.map(({ answer }) => answer.spent)),
    ...toldOf(choices.map(({ answer }) => answer)),
  }
}

/** Both names of it: clients read one or the other. */
const messageOf = ({ reasoning, content }: ChatAnswer) => ({
  role: 'assistant',
  content,
  ...(reasoning !== '' && { reasoning_content: reasoning, reasoning }),
  refusal: null,
})

/** Of one answer an object, of several a list of them. */
const toldOf = (answers: readonly ChatAnswer[]) => {
  const told = answers.map(toldPruning)
  return { cot_prune: told.length === 1 ? told[0] : told }
}

function logprobsOf(model: Model, parts: readonly Likely[], count: number): Promise<ChatLogprobs> {
  const all = {
    tokens: parts.flatMap(({ tokens }) => tokens),
    logprobs: parts.flatMap(({ logprobs }) => logprobs),
    alternatives: parts.flatMap(({ alternatives }) => alternatives),
  }
  return chatLogprobs(model, all, count)
}

/** The data of each event, the closing one included. */
export async function* chatChunks(run: ChatRun): AsyncGenerator<string, void, undefined> {
  const model = await run.host.model()
  const { n, includeUsage } = run.request
  const answers: ChatAnswer[] = []
  const chunk = (choices: readonly object[], more: object = {}) =>
    JSON.stringify({
      ...common(run),
      object: 'chat.completion.chunk',
      choices,
      ...(includeUsage && { usage: null }),
      ...more,
    })
  const open = new Set<number>()
  const begin = (index: number): string[] => {
    if (open.has(index)) return []
    open.add(index)
    return [chunk([{ index, delta: { role: 'assistant', content: '' }, ...pending }])]
  }
  const streams = Array.from({ length: n }, (_, index) => run.answer(index))
  for await (const { index, value } of merged(streams)) {
    yield* begin(index)
    if (value.type === 'delta') yield chunk([await choiceOf(run, model, index, value)])
    if (value.type !== 'end') continue
    answers.push(value.answer)
    const { finishReason: finish_reason } = value.answer
    yield chunk([{ index, delta: {}, logprobs: null, finish_reason }], {
      cot_prune: toldPruning(value.answer),
    })
  }
  if (includeUsage) yield chunk([], { usage: usageOf(answers.map(({ spent }) => spent)) })
  yield '[DONE]'
}

const pending = { logprobs: null, finish_reason: null }

async function choiceOf(
  { request }: ChatRun,
  model: Model,
  index: number,
  { delta, likely }: Extract<ChatEvent, { readonly type: 'delta' }>,
): Promise<object> {
  const { kind, text } = delta
  const logprobs = likely && (await chatLogprobs(model, likely, request.alternatives ?? 0))
  return {
    index,
    delta: kind === 'content' ? { content: text } : { reasoning_content: text, reasoning: text },
    logprobs,
    finish_reason: null,
  }
}
