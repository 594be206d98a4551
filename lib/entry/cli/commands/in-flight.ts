/** `cot-prune in-flight`: what pruning while the model thinks does, against no pruning and random. */

import type { LiveStepGraphOptions, PruningOptions } from '../../../../types/public.js'
import {
  type InFlightBudget,
  type InFlightVariant,
  type MethodName,
  observerNames,
  openDataset,
  runInFlight,
  scorerNames,
  summarizeInFlight,
} from '../../../experiment/index.js'
import { renderInFlight } from '../../../report/index.js'
import { type AskFlags, askOf } from '../asking.js'
import { chosenHeads } from '../chosen-heads.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { progressLines } from '../progress.js'
import { type SegmentFlags, segmentingOf } from '../segmenting.js'

export interface InFlightFlags extends ModelFlags, AskFlags, SegmentFlags {
  readonly dataset: string
  readonly limit?: number
  readonly method: readonly MethodName[]
  readonly heads?: string
  readonly ratio: readonly number[]
  readonly cap?: readonly number[]
  readonly every: number
  readonly window: number
  readonly refill?: boolean
  readonly offline: boolean
  readonly earlyExit?: number
  readonly maxTokens: number
  readonly seed: number
  readonly context?: number
  readonly threads?: number
  readonly json?: boolean
}

export async function inFlightCommand(flags: InFlightFlags): Promise<void> {
  const dataset = await openDataset(flags.dataset)
  const file = await modelPath(flags.model)
  const model = await openModel(file, flags)
  try {
    const session = await model.createSession({
      contextLength: flags.context,
      threads: flags.threads,
    })
    const line = progressLines(process.stderr, flags)
    const results = await runInFlight({
      session,
      dataset,
      variants: variantsOf(flags, await liveGraph(flags, file)),
      ask: askOf(flags),
      limit: flags.limit,
      maxTokens: flags.maxTokens,
      seed: flags.seed,
      offline: flags.offline,
      onResult: ({ id, variant, tokens, correct }, done, total) => {
        const verdict = correct === null ? '' : correct ? ', right' : ', wrong'
        line(done, total, () => `${done}/${total} id ${id}, ${variant}: ${tokens} tokens${verdict}`)
      },
    })
    const rows = summarizeInFlight(results)
    if (flags.json) return console.log(JSON.stringify({ summary: rows, results }, null, 2))
    console.log(`${model.info.name || flags.model}, ${dataset.name}, ${rows[0]?.problems} problems`)
    console.log(await renderInFlight(rows))
  } finally {
    await model.close()
  }
}

async function liveGraph(
  flags: InFlightFlags,
  file: string,
): Promise<LiveStepGraphOptions | undefined> {
  if (!flags.method.includes('step-graph')) return undefined
  const { heads, score } = await chosenHeads(flags, file)
  return { heads, score, segmenting: segmentingOf(flags) }
}

function variantsOf(
  flags: InFlightFlags,
  stepGraph: LiveStepGraphOptions | undefined,
): InFlightVariant[] {
  const pruned = budgetsOf(flags).flatMap(budget =>
    [...new Set([...flags.method, ...nulls])].map(name =>
      variantOf(name, budget, flags, stepGraph),
    ),
  )
  const exit = flags.earlyExit
  const early =
    exit === undefined
      ? []
      : [{ name: 'early exit', earlyExit: { confidence: exit, every: flags.every } }]
  return [{ name: 'none' }, ...pruned, ...early]
}

/** What every other score has to beat at the same budget, with the same prompt and newest tokens kept. */
const nulls = ['recency', 'random'] as const satisfies readonly MethodName[]

const budgetsOf = ({ cap, ratio }: InFlightFlags): readonly InFlightBudget[] =>
  cap?.map(tokens => ({ tokens })) ?? ratio.map(share => ({ ratio: share }))

function variantOf(
  name: MethodName,
  budget: InFlightBudget,
  flags: InFlightFlags,
  stepGraph: LiveStepGraphOptions | undefined,
): InFlightVariant {
  const pruning: PruningOptions = {
    every: flags.every,
    window: flags.window,
    budget,
    positions: flags.refill ? 'refill' : 'keep',
  }
  // beside a step graph, the steps are the graph's
  if (name === 'step-graph') return { name, pruning, stepGraph }
  return { name, pruning: { ...pruning, segmenting: segmentingOf(flags), ...by(name) } }
}

function by(name: MethodName): Pick<PruningOptions, 'observer' | 'scorer'> {
  if (name === 'attention') return {}
  const observer = observerNames.find(known => known === name)
  if (observer !== undefined) return { observer }
  const scorer = scorerNames.find(known => known === name)
  return scorer === undefined ? {} : { scorer }
}
