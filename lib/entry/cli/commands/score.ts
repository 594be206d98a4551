/** `cot-prune score`: one problem, thought through, its steps scored; a picture of who looks at whom. */

import { replaceFile } from '../../../base/files.js'
import { openDataset } from '../../../experiment/index.js'
import { messagesFor, resolveAsk } from '../../../experiment/run/ask-options.js'
import {
  answerSteps,
  ownAnswer,
  prune,
  type ScoredTrace,
  type Session,
  scoreStepGraph,
  segment,
} from '../../../index.js'
import { renderSteps, stepGraphSvg, svg } from '../../../report/index.js'
import { type AskFlags, askOf } from '../ask-flags.js'
import { chosenHeads } from '../chosen-heads.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { note } from '../progress.js'
import { type SegmentFlags, segmentingOf } from '../segmenting.js'

export interface ScoreFlags extends ModelFlags, AskFlags, SegmentFlags {
  readonly heads?: string
  readonly problem?: string
  readonly threshold: number
  readonly maxTokens: number
  readonly seed: number
  readonly context?: number
  readonly threads?: number
  readonly svg?: string
  readonly heatmap?: string
  readonly json?: boolean
}

export async function scoreCommand(flags: ScoreFlags): Promise<void> {
  const file = await modelPath(flags)
  const heads = await chosenHeads(flags, file)
  const content = flags.problem ?? (await firstProblem())
  const model = await openModel(file, flags)
  try {
    const session = await model.createSession({
      contextLength: flags.context,
      threads: flags.threads,
    })
    const scored = await think(session, content, flags, heads)
    const pruned = prune(scored, { threshold: flags.threshold })
    if (flags.svg !== undefined && scored.stepGraph !== undefined) {
      await replaceFile(flags.svg, stepGraphSvg(pruned, scored.stepGraph))
    }
    if (flags.heatmap !== undefined) {
      const { headScores } = await session.scoreSteps(scored, { perHead: true })
      await replaceFile(flags.heatmap, await svg.heatmap({ headScores }))
    }
    if (flags.json) return console.log(JSON.stringify(pruned, null, 2))
    const steps = scored.steps.map(({ index, text }) => ({
      index,
      text,
      score: scored.scores[index] ?? 0,
    }))
    const { value } = ownAnswer(scored)
    const stating = answerSteps(scored, value)
    if (flags.splitter === undefined && scored.splitter !== 'paragraph') {
      note(`fewer than two paragraphs: steps by the splitter ${scored.splitter}`, flags)
    }
    console.log(`${content}\n`)
    console.log(renderSteps(steps, { kept: pruned.kept, stating, limit: steps.length }))
    if (stating.length > 0) console.log(`= states the answer, ${value}`)
    console.log(scored.text.slice(scored.answer.charStart))
  } finally {
    await model.close()
  }
}

async function think(
  session: Session,
  content: string,
  flags: ScoreFlags,
  { heads, score }: Awaited<ReturnType<typeof chosenHeads>>,
): Promise<ScoredTrace> {
  const { maxTokens, seed } = flags
  const segmenting = segmentingOf(flags)
  const { system, prompt, sampling, ...how } = askOf(flags)
  const messages = messagesFor({ problem: content }, resolveAsk({ system, prompt }))
  const generation = session.generate(messages, {
    ...sampling,
    ...how,
    maxTokens,
    seed,
    stepGraph: { heads, segmenting },
  })
  const trace = segment(await generation.finish(), segmenting)
  const graph = trace.stepGraph ?? (await session.stepGraph(trace, { heads }))
  return scoreStepGraph(trace, graph, score)
}

async function firstProblem(): Promise<string> {
  const { problems } = await openDataset('embedded')
  return problems[0]?.problem ?? ''
}
