/** `cot-prune in-flight`: what pruning while the model thinks does, against no pruning and random. */

import type { LiveStepGraphOptions, PruningOptions } from '../../../../types/public.js'
import { CotPruneError } from '../../../base/errors.js'
import {
  type Dataset,
  type FutureProfile,
  findFutureProfile,
  futureScore,
  type InFlightBudget,
  type InFlightMethodName,
  type InFlightVariant,
  liveScoreNames,
  observerNames,
  ownText,
  runInFlight,
  scorerNames,
  summarizeInFlight,
  summarizeOwnText,
} from '../../../experiment/index.js'
import type { Session } from '../../../index.js'
import { renderInFlight, renderOwnText } from '../../../report/index.js'
import { type AskFlags, askOf } from '../ask-flags.js'
import { chosenHeads, findHeads } from '../chosen-heads.js'
import { type DatasetFlags, openFlagged } from '../dataset-flags.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { note, progressLines } from '../progress.js'
import { type SegmentFlags, segmentingOf } from '../segmenting.js'

export interface InFlightFlags extends DatasetFlags, ModelFlags, AskFlags, SegmentFlags {
  readonly limit?: number
  readonly method: readonly InFlightMethodName[]
  readonly decay: readonly number[]
  readonly remnant: number
  readonly heads?: string
  readonly ratio: readonly number[]
  readonly cap?: readonly number[]
  readonly every: number
  readonly window: number
  readonly refill?: boolean
  readonly offline: boolean
  readonly earlyExit?: number
  readonly ownText?: boolean
  readonly maxTokens: number
  readonly seed: number
  readonly context?: number
  readonly threads?: number
  readonly json?: boolean
}

export async function inFlightCommand(flags: InFlightFlags): Promise<void> {
  const dataset = await openFlagged(flags)
  const file = await modelPath(flags)
  const model = await openModel(file, flags)
  try {
    const session = await model.createSession({
      contextLength: flags.context,
      threads: flags.threads,
    })
    const line = progressLines(process.stderr, flags)
    if (flags.ownText) return await printOwnText(session, dataset, flags, line)
    const results = await runInFlight({
      session,
      dataset,
      variants: variantsOf(flags, await graphsOf(flags, file)),
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

/** No answers: how likely the model's words stay. */
async function printOwnText(
  session: Session,
  dataset: Dataset,
  flags: InFlightFlags,
  line: ReturnType<typeof progressLines>,
): Promise<void> {
  const variants = variantsOf(flags, { stepGraph: undefined, future: null }).flatMap(
    ({ name, pruning, stepGraph, oracle }) =>
      pruning === undefined || stepGraph !== undefined || oracle !== undefined
        ? []
        : [{ name, pruning }],
  )
  const left = flags.method.filter(name => !variants.some(variant => variant.name.startsWith(name)))
  if (left.length > 0)
    note(`--own-text reads no step graph and no oracle: without ${left.join(', ')}`, flags)
  const results = await ownText({
    session,
    dataset,
    variants,
    ask: askOf(flags),
    limit: flags.limit,
    maxTokens: flags.maxTokens,
    seed: flags.seed,
    onTrace: (done, total) => line(done, total, () => `${done}/${total} texts`),
  })
  const rows = summarizeOwnText(results)
  if (flags.json) return console.log(JSON.stringify({ summary: rows, results }, null, 2))
  console.log(await renderOwnText(rows))
}

/** Methods that cannot do without chosen heads. */
const byHeads: readonly InFlightMethodName[] = ['step-graph', 'gap', 'decay-graph', 'oracle-heads']

interface Graphs {
  readonly stepGraph: LiveStepGraphOptions | undefined
  readonly future: FutureProfile | null
}

async function graphsOf(flags: InFlightFlags, file: string): Promise<Graphs> {
  const future = flags.method.includes('future') ? await findFutureProfile(file) : null
  if (future === null && flags.method.includes('future')) {
    throw new CotPruneError(
      'ERR_HEADS_MODEL',
      `the method future reads heads of its own, and none are known for this model: cot-prune calibrate --labels future --model ${flags.model} finds them`,
    )
  }
  return { future, stepGraph: await liveGraph(flags, file) }
}

async function liveGraph(
  flags: InFlightFlags,
  file: string,
): Promise<LiveStepGraphOptions | undefined> {
  // the ceiling says with them which tokens of a step go, and without them which steps
  const found = flags.method.some(name => byHeads.includes(name))
    ? await chosenHeads(flags, file)
    : flags.method.includes('oracle-deletion')
      ? await findHeads(flags, file)
      : null
  if (found === null) return undefined
  return { heads: found.heads, score: found.score, segmenting: segmentingOf(flags) }
}

function variantsOf(flags: InFlightFlags, graphs: Graphs): InFlightVariant[] {
  const names = [...new Set([...flags.method, ...nulls])]
  const pruned = budgetsOf(flags).flatMap(budget =>
    names.flatMap(name => variantsNamed(name, budget, flags, graphs)),
  )
  const exit = flags.earlyExit
  const early =
    exit === undefined
      ? []
      : [{ name: 'early exit', earlyExit: { confidence: exit, every: flags.every } }]
  return [{ name: 'none' }, ...pruned, ...early]
}

/** What every other score has to beat at the same budget, with the same prompt and newest tokens kept. */
const nulls = ['recency', 'random'] as const satisfies readonly InFlightMethodName[]

const budgetsOf = ({ cap, ratio }: InFlightFlags): readonly InFlightBudget[] =>
  cap?.map(tokens => ({ tokens })) ?? ratio.map(share => ({ ratio: share }))

/** One, and of scores that forget one for each rate. */
function variantsNamed(
  name: InFlightMethodName,
  budget: InFlightBudget,
  flags: InFlightFlags,
  { stepGraph, future }: Graphs,
): InFlightVariant[] {
  const shared: PruningOptions = {
    every: flags.every,
    window: flags.window,
    remnant: flags.remnant,
    budget,
    positions: flags.refill ? 'refill' : 'keep',
  }
  // beside a step graph, the steps are the graph's
  const own: PruningOptions = { ...shared, segmenting: segmentingOf(flags) }
  const decays = flags.decay.map(
    decay => ({ name: `${name} ${decay}`, score: 'decay', decay }) as const,
  )
  switch (name) {
    case 'step-graph':
      return [{ name, pruning: shared, stepGraph }]
    case 'gap':
      return [{ name, pruning: { ...shared, score: 'gap' }, stepGraph }]
    case 'future': {
      if (future === null) return []
      const graph = { heads: future.heads, segmenting: segmentingOf(flags) }
      return [{ name, pruning: { ...shared, score: futureScore(future) }, stepGraph: graph }]
    }
    case 'decay':
      return decays.map(({ name, ...how }) => ({ name, pruning: { ...own, ...how } }))
    case 'decay-graph':
      return decays.map(({ name, ...how }) => ({ name, pruning: { ...shared, ...how }, stepGraph }))
    case 'oracle':
      return [{ name, pruning: own, oracle: { by: 'looks', heads: 'all' } }]
    case 'oracle-heads':
      return [{ name, pruning: own, oracle: { by: 'looks', heads: stepGraph?.heads ?? 'all' } }]
    case 'oracle-deletion':
      return [{ name, pruning: own, oracle: { by: 'deletion', heads: stepGraph?.heads ?? 'all' } }]
    default:
      return [{ name, pruning: { ...own, ...by(name) } }]
  }
}

function by(name: InFlightMethodName): Pick<PruningOptions, 'observer' | 'scorer' | 'score'> {
  const observer = observerNames.find(known => known === name)
  if (observer !== undefined) return { observer }
  const score = liveScoreNames.find(known => known === name)
  if (score !== undefined) return { score }
  const scorer = scorerNames.find(known => known === name)
  return scorer === undefined ? {} : { scorer }
}
