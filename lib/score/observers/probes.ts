import type { Observation, Observer, SegmentedTrace } from '../../../types/public.js'

/** Behind the whole thinking, whether or not the trace went on to an answer; the closing tag follows. */
const behindThinking =
  (probe: string) =>
  (trace: SegmentedTrace): Observation => ({
    tokens: trace.thinking.tokenEnd,
    probe,
    closes: true,
  })

/** *Think Clearly* (arXiv 2507.08806): the sentence that its implementations inject every 200 tokens. */
export const thinkClearly: Observer = {
  name: 'think-clearly',
  observe: behindThinking(
    "Time is up. Given the time I've spent and the approaches I've tried, I should stop thinking " +
      'and now write summarization in one sentence.',
  ),
}

/** *TRAAC* (arXiv 2510.01581), section 3: the sentence of its released scorer. */
export const traac: Observer = {
  name: 'traac',
  observe: behindThinking(
    'Time is up. I should stop thinking and now write a summary containing all key steps ' +
      'required to solve the problem.',
  ),
}
