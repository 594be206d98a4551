/** How tokens were drawn, in one line. */

import type { UsedSampling } from '../experiment/index.js'

const sources: Readonly<Record<UsedSampling['from'], string>> = {
  file: "as the model's file says",
  thinking: 'the default of models that think',
  greedy: 'the default',
  options: 'as asked for',
}

/** 'Sampled at temperature 0.6, top-k 40, top-p 0.95 (as the model's file says)'. Filters that are off are left out. */
export function samplingText(sampling: UsedSampling): string {
  const from = sources[sampling.from]
  const { repeatPenalty, presencePenalty, repeatWindow } = sampling
  const penalties = [
    ...(repeatPenalty === 1 ? [] : [`repeat penalty ${repeatPenalty}`]),
    ...(presencePenalty === 0 ? [] : [`presence penalty ${presencePenalty}`]),
  ]
  const over = penalties.length > 0 ? [`over ${repeatWindow} tokens`] : []
  const drawn = sampling.temperature === 0 ? ['Greedy'] : drawing(sampling)
  return `${[...drawn, ...penalties, ...over].join(', ')} (${from})`
}

function drawing({ temperature, topK, topP, minP }: UsedSampling): string[] {
  return [
    `Sampled at temperature ${temperature}`,
    ...(topK === 0 ? [] : [`top-k ${topK}`]),
    ...(topP === 1 ? [] : [`top-p ${topP}`]),
    ...(minP === 0 ? [] : [`min-p ${minP}`]),
  ]
}
