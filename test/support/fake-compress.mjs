// @ts-check
/** A session without a model for compressing, in plain JavaScript, since processes of their own use it, too. */

/** @typedef {import('../../dist/experiment/index.js').CompressSession} CompressSession */
/** @typedef {import('../../types/public.d.ts').Trace} Trace */

/**
 * One token for each UTF-16 unit; a step scores by its first number, and by nothing else. `groups` says how many traces came
 * together.
 * @param {{ contextLength?: number, delay?: () => Promise<void>, fail?: (thinking: string) => unknown, evaluate?: (text: string) => string }} [script]
 * @returns {CompressSession & { busy: number, most: number, groups: number[] }}
 */
export function fakeCompressSession(script = {}) {
  const {
    contextLength = 1e9,
    delay = async () => {},
    fail = () => null,
    evaluate = t => t,
  } = script
  const session = {
    busy: 0,
    most: 0,
    /** @type {number[]} */
    groups: [],
    info: { contextLength },
    model: { info: { thinking: null, chatTemplate: '' }, traceOf },
    async clear() {},
    /** @param {import('../../types/public.d.ts').SegmentedTrace} trace */
    async scoreSteps(trace) {
      session.busy++
      session.most = Math.max(session.most, session.busy)
      await delay()
      session.busy--
      const error = fail(trace.text)
      if (error !== null) throw error
      return {
        ...trace,
        scores: trace.steps.map(({ text }) => Number(/\d+/.exec(text)?.[0] ?? 0)),
        scoring,
      }
    },
    /** @param {import('../../types/public.d.ts').SegmentedTrace} trace @param {import('../../types/public.d.ts').StepGraphOptions} options */
    async stepGraph(trace, options) {
      const [graph] = await session.stepGraphs([trace], options)
      if (graph === undefined) throw new Error('there is no graph')
      return graph
    },
    /**
     * The answer looks at each step by its number, and nothing else looks.
     * @param {readonly import('../../types/public.d.ts').SegmentedTrace[]} traces
     * @param {import('../../types/public.d.ts').StepGraphOptions} options
     */
    async stepGraphs(traces, { heads }) {
      session.groups.push(traces.length)
      await delay()
      const error = traces.map(({ text }) => fail(text)).find(found => found !== null)
      if (error !== undefined) throw error
      return traces.map(({ steps }) => {
        const last = steps.map(({ text }) => Number(/\d+/.exec(text)?.[0] ?? 0) / 10)
        const rows = [...steps.map(() => steps.map(() => 0)), last]
        return {
          heads,
          steps: steps.map(({ tokenStart, tokenEnd }) => ({ start: tokenStart, end: tokenEnd })),
          looks: heads.map(() => rows),
          decodedTokens: 0,
        }
      })
    },
    /** @param {readonly import('../../types/public.d.ts').PrunedTrace[]} traces */
    async evaluateAll(traces) {
      return traces.map(({ prunedText }) => ({
        mode: /** @type {const} */ ('continue'),
        text: '',
        answer: { value: evaluate(prunedText), extraction: /** @type {const} */ ('boxed') },
        finish: /** @type {const} */ ('end'),
        tokens: { prompt: 1, decoded: 1, generated: 1 },
        meanLogprob: -1,
        millis: 1,
      }))
    },
    /** @param {readonly number[]} tokens @param {{ from?: number }} [options] */
    async tokenLogprobs(tokens, options = {}) {
      return { logprobs: tokens.slice(options.from ?? 1).map(() => -1), alternatives: [], next: [] }
    },
  }
  return session
}

const scoring = {
  kind: /** @type {const} */ ('attention'),
  observer: 'last-token',
  window: 1,
  probeTokens: 0,
  aggregate: /** @type {const} */ ('mean'),
  position: 0,
  layers: /** @type {const} */ ('all'),
  capturedLayers: [0],
  heads: 1,
  share: { prompt: 0, sink: 0, steps: 1 },
  decodedTokens: 1,
  millis: 1,
}

/** @param {import('../../types/public.d.ts').TextTraceInput} input @returns {Promise<Trace>} */
async function traceOf({ messages, thinking, answer = '' }) {
  const text = `<think>${thinking}</think>${answer}`
  const units = Array.from({ length: text.length }, (_, i) => i)
  const span = (/** @type {number} */ from, /** @type {number} */ to) => ({
    tokenStart: from,
    tokenEnd: to,
    charStart: from,
    charEnd: to,
  })
  const end = '<think>'.length + thinking.length
  return {
    version: 1,
    model: { name: 'fake', architecture: 'fake', parameters: 1, vocabularySize: 65536 },
    messages,
    prompt: { text: messages.map(({ content }) => content).join('\n'), tokens: [1, 2, 3] },
    tokens: units.map(i => text.charCodeAt(i)),
    tokenEnds: units.map(i => i + 1),
    logprobs: units.map(() => 0),
    text,
    thinking: span('<think>'.length, end),
    answer: span(end + '</think>'.length, text.length),
    finish: 'end',
    sampling: {
      temperature: 0,
      topK: 0,
      topP: 1,
      minP: 0,
      repeatPenalty: 1,
      repeatWindow: 0,
      seed: 0,
    },
    millis: { prompt: 0, generation: 0 },
  }
}
