// @ts-check
/** Everything that a model and its sessions can be busy with: what life.mjs ends in the middle, and memory.mjs repeats. */
import { loadModel, prune, segment } from '../../dist/index.js'

/**
 * @typedef {import('../../dist/index.js').Model} Model
 * @typedef {import('../../dist/index.js').Session} Session
 * @typedef {{ path: string, model: Model, session: Session, signal?: AbortSignal, tokens?: number }} Place what a job
 *   works on, and how many tokens it writes
 */

/** Ends no thinking and no answer by itself. */
export const endless = { '</think>': -99, '<think>': -99, '<｜end▁of▁sentence｜>': -99 }
/** What a session is opened with: the batch of three has room beside a trace. */
export const roomy = { contextLength: 2048, threads: 1, batchSize: 512, branches: 4 }
/** Slow enough that a prompt and a chunk outlast the moment at which somebody ends them. */
export const slow = { layers: 4, embedding: 512, ff: 1024, heads: 8, kvHeads: 4, bias: endless }

/** Processor time of all threads of this process: on a busy machine the clock says nothing. */
export function busyMillis() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const problem = [{ role: /** @type {const} */ ('user'), content: 'Add one and two.' }]
const sampling = { temperature: 1, topK: 0, topP: 1 }
const sentences = 'One and two is three. '
/** @type {import('../../dist/index.js').Splitter} */
const everyThirty = {
  name: 'every-thirty',
  split: text =>
    Array.from({ length: Math.ceil(text.length / 30) }, (_, i) => ({
      start: 30 * i,
      end: Math.min(text.length, 30 * i + 30),
    })),
}

/** A trace of some 450 tokens that nobody had to write. @param {Place} place */
async function stepped({ model }) {
  const trace = await model.traceOf({
    messages: problem,
    thinking: sentences.repeat(20),
    answer: '3',
  })
  return segment(trace, { splitter: everyThirty, minCharacters: 0 })
}

/** @param {Place} place */
const asked = ({ signal }) => (signal === undefined ? {} : { signal })
/** @param {Place} place */
const writing = ({ tokens = 300, ...place }) => ({
  ...sampling,
  ...asked(place),
  maxTokens: tokens,
})

/** @type {Readonly<Record<string, (place: Place) => Promise<unknown>>>} */
export const jobs = {
  loading: async place => {
    const model = await loadModel(place.path, { mmap: false, ...asked(place) })
    await model.close()
  },
  'opening a session': async place => {
    const session = await place.model.createSession({ contextLength: 4096, ...asked(place) })
    await session.close()
  },
  tokenising: ({ model }) => model.tokenize(sentences.repeat(2000)),
  'rendering a chat': ({ model }) =>
    model.renderChat(Array.from({ length: 50 }, () => ({ role: 'user', content: sentences }))),
  'a prompt': async place => {
    await place.session.clear()
    await place.session.generate(sentences.repeat(40), { maxTokens: 1, ...asked(place) }).finish()
  },
  generating: place => place.session.generate(problem, writing(place)).finish(),
  'pruning in flight': place =>
    place.session
      .generate(problem, {
        ...writing(place),
        pruning: {
          every: 20,
          window: 8,
          segmenting: { splitter: everyThirty, minCharacters: 0 },
          budget: { ratio: 0.5 },
        },
      })
      .finish(),
  'reading attention': async place => {
    await place.session.clear()
    return place.session.attention(
      Array.from({ length: 800 }, (_, i) => 65 + (i % 26)),
      asked(place),
    )
  },
  scoring: async place => {
    await place.session.clear()
    return place.session.scoreSteps(await stepped(place), asked(place))
  },
  'a step graph': async place => {
    await place.session.clear()
    const heads = [{ layer: 1, head: 0 }]
    return place.session.stepGraph(await stepped(place), { heads, ...asked(place) })
  },
  evaluating: async place => {
    const pruned = prune(await place.session.scoreSteps(await stepped(place)), { ratio: 0.5 })
    return place.session.evaluate(pruned, writing(place))
  },
  'a batch': async place => {
    const batch = place.session.batch()
    const { tokens = 300 } = place
    const generations = [1, 2, 3].map(seed =>
      batch.generate(problem, { ...writing({ ...place, tokens: tokens / 3 }), seed }),
    )
    const scored = stepped(place).then(trace => batch.scoreSteps(trace, asked(place)))
    const outcomes = await Promise.allSettled([...generations.map(one => one.finish()), scored])
    await batch.close()
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  },
}
