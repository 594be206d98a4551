/** `cot-prune ask`: one problem, watched while it is thought through, and answered again from what matters. */

import { text as readAll } from 'node:stream/consumers'
import { CotPruneError } from '../../../base/errors.js'
import { messagesFor, resolveAsk } from '../../../experiment/run/ask-options.js'
import type { EvaluationMode } from '../../../index.js'
import {
  answerSteps,
  type Evaluation,
  ownAnswer,
  type PrunedTrace,
  prune,
  type ScoredTrace,
  type Session,
  sameAnswer,
  scoreStepGraph,
  segment,
} from '../../../index.js'
import { renderSteps } from '../../../report/index.js'
import { type AskFlags, askOf } from '../ask-flags.js'
import { findHeads, howTo } from '../chosen-heads.js'
import { interruptible } from '../interruptible.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { note } from '../progress.js'
import { type SegmentFlags, segmentingOf } from '../segmenting.js'
import { ThinkingStream } from '../thinking-stream.js'

export interface AskFlagsOfOne extends ModelFlags, AskFlags, SegmentFlags {
  readonly heads?: string
  readonly threshold: number
  readonly evaluate: EvaluationMode
  readonly maxTokens: number
  readonly seed: number
  readonly context?: number
  readonly threads?: number
  readonly json?: boolean
}

/** The exit code: 130 where Ctrl-C ended it. */
export function askCommand(given: string | undefined, flags: AskFlagsOfOne): Promise<number> {
  return interruptible({ out: undefined }, async signal => {
    const problem = await problemOf(given)
    const file = await modelPath(flags, signal)
    const model = await openModel(file, flags, { signal })
    try {
      const { context: contextLength, threads } = flags
      const session = await model.createSession({ contextLength, threads })
      const scored = await think(session, problem, flags, file, signal)
      const pruned = prune(scored, { threshold: flags.threshold })
      const again = await session.evaluate(pruned, { mode: flags.evaluate, signal })
      if (flags.json) console.log(JSON.stringify({ trace: pruned, evaluation: again }, null, 2))
      else show(pruned, again)
    } finally {
      await model.close()
    }
  })
}

/** @throws CotPruneError ERR_EMPTY_PROMPT */
async function problemOf(given: string | undefined): Promise<string> {
  const piped = given === undefined && !process.stdin.isTTY
  const problem = (piped ? await readAll(process.stdin) : (given ?? '')).trim()
  if (problem !== '') return problem
  throw new CotPruneError('ERR_EMPTY_PROMPT', 'there is no problem: cot-prune ask "How many …?"')
}

/** Written to the terminal as it comes; scored by the step graph where heads are known. */
async function think(
  session: Session,
  problem: string,
  flags: AskFlagsOfOne,
  file: string,
  signal: AbortSignal,
): Promise<ScoredTrace> {
  const chosen = await findHeads(flags, file)
  if (chosen === null)
    note(`scored by the last token's attention, at the end: ${howTo(flags)}`, flags)
  const segmenting = segmentingOf(flags)
  const { system, prompt, sampling, ...how } = askOf(flags)
  const messages = messagesFor({ problem }, resolveAsk({ system, prompt }))
  const { maxTokens, seed } = flags
  const generation = session.generate(messages, {
    ...{ ...sampling, ...how, maxTokens, seed, signal },
    ...(chosen && { stepGraph: { heads: chosen.heads, segmenting, score: chosen.score } }),
  })
  const stream = flags.json ? null : new ThinkingStream(process.stdout, flags)
  for await (const chunk of generation) stream?.push(chunk)
  stream?.end()
  const trace = segment(await generation.finish(), segmenting)
  if (chosen === null) return session.scoreSteps(trace, { observer: 'last-token', signal })
  const { stepGraph } = trace
  // a trace of one paragraph has other steps than those that it was read by
  const graph =
    stepGraph?.steps.length === trace.steps.length
      ? stepGraph
      : await session.stepGraph(trace, { heads: chosen.heads, signal })
  return scoreStepGraph(trace, graph, chosen.score)
}

function show(pruned: PrunedTrace, { answer }: Evaluation): void {
  const first = ownAnswer(pruned).value
  const steps = pruned.steps.map(({ index, text }) => ({
    ...{ index, text },
    score: pruned.scores[index] ?? 0,
  }))
  const stating = answerSteps(pruned, first)
  const shown = renderSteps(steps, { kept: pruned.kept, stating, limit: steps.length })
  const size = pruned.thinking.tokenEnd - pruned.thinking.tokenStart
  const share = Math.round((100 * pruned.prunedTokens.length) / Math.max(1, size))
  const second = answer.value
  const same = first !== null && second !== null && sameAnswer(first, second)
  console.log(`${shown}\n`)
  console.log(`Answer: ${first ?? 'none was found'}`)
  console.log(
    `From ${pruned.kept.length} of ${steps.length} steps, ${share} % of the tokens: ${second ?? 'none was found'}${same ? ' (the same)' : ''}`,
  )
}
