/** What POST /v1/completions answers: one body, or the chunks of a stream. */

import { packageVersion } from '../../base/package.js'
import type { CompletionAnswer, CompletionRun } from '../run/completion-run.js'
import { merged } from './merged.js'
import { usageOf } from './usage.js'

const common = ({ id, created, host }: CompletionRun) => ({
  id,
  object: 'text_completion',
  created,
  model: host.id,
  system_fingerprint: `cot-prune-${packageVersion()}`,
})

/** Each prompt is counted once, whatever number of answers it has. */
function totalOf({ request }: CompletionRun, answers: readonly CompletionAnswer[]) {
  const spent = answers.map(answer => answer.spent)
  return usageOf(
    spent,
    spent.filter((_, i) => i % request.n === 0),
  )
}

export async function completionBody(run: CompletionRun): Promise<object> {
  const answers = await Promise.all(
    Array.from({ length: run.answers }, async (_, index) => {
      for await (const event of run.answer(index)) if (event.type === 'end') return event.answer
      throw new Error('an answer has no end')
    }),
  )
  return {
    ...common(run),
    choices: answers.map(({ text, logprobs, finishReason }, index) => ({
      index,
      text,
      logprobs,
      finish_reason: finishReason,
    })),
    usage: totalOf(run, answers),
  }
}

/** The data of each event, the closing one included. */
export async function* completionChunks(
  run: CompletionRun,
): AsyncGenerator<string, void, undefined> {
  const { includeUsage } = run.request
  const answers: (CompletionAnswer | undefined)[] = []
  const chunk = (choices: readonly object[], usage: object | null) =>
    JSON.stringify({ ...common(run), choices, ...(includeUsage && { usage }) })
  const streams = Array.from({ length: run.answers }, (_, index) => run.answer(index))
  for await (const { index, value } of merged(streams)) {
    if (value.type === 'text') {
      yield chunk([{ index, text: value.text, logprobs: null, finish_reason: null }], null)
      continue
    }
    const { logprobs, finishReason: finish_reason } = value.answer
    answers[index] = value.answer
    yield chunk([{ index, text: '', logprobs, finish_reason }], null)
  }
  const all = answers.filter(answer => answer !== undefined)
  if (includeUsage) yield chunk([], totalOf(run, all))
  yield '[DONE]'
}
