/**
 * The seed notebook's scores: its `score_steps_by_attention`, on the row that this library captures
 * instead of the matrices. Kept with its faults; `scoreSteps` of the core is the honest one.
 */

import type { Message, Trace } from '../../../../types/public.js'
import { assistantPrefix, importances, textsToCount } from './importance.js'
import { segmentNotebook } from './segment.js'
import type { NotebookScorer, NotebookScores } from './types.js'

/** The seed truncates what it scores to this many tokens. */
const maxScored = 4096

/**
 * The whole conversation through the chat template (templates of R1 drop the thinking of past
 * turns, and the seed does not notice), the row of its last token, and spans from the lengths of
 * prefixes that are tokenised anew.
 */
export async function scoreNotebook(
  session: NotebookScorer,
  trace: Trace,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<NotebookScores> {
  const { model } = session
  const segments = segmentNotebook(trace.text)
  const question = trace.messages ?? [{ role: 'user', content: trace.prompt.text }]
  const messages: Message[] = [...question, { role: 'assistant', content: trace.text }]
  const chat = await model.renderChat(messages, { addGenerationPrompt: false })
  const { data } = await session.attention(chat.tokens.slice(0, maxScored), options)

  const count = async (text: string, addSpecial = false): Promise<number> =>
    (await model.tokenize(text, { addSpecial, parseSpecial: true })).length
  const prefix = assistantPrefix(chat.text)
  const offset = prefix === null ? 0 : await count(prefix, true)
  const counts = []
  for (const texts of textsToCount(segments.steps, trace.text)) {
    counts.push(texts && { prefix: await count(texts.prefix), step: await count(texts.step) })
  }
  const values = importances(data, offset, counts)
  const steps = segments.steps.map((step, i) => ({ ...step, importance: values[i] ?? 0 }))
  return { ...segments, steps, decodedTokens: Math.min(chat.tokens.length, maxScored) }
}
