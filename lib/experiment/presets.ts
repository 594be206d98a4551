/** The presets as plain data: what the seed notebook does, and what we recommend. */

import type { Preset, PresetName } from './types.js'

const thresholds = [0, 0.1, 0.2, 0.3, 0.4, 0.5]

/**
 * The seed notebook, for the same inputs the same steps, importances, kept sets, prompts and
 * answers. Its faults stay and have names, so that its numbers can be compared with ours.
 */
const notebook: Preset = {
  name: 'notebook',
  description: 'the seed notebook as it is, faults included',
  loop: 'notebook',
  expects: 'given',
  // top-k 50 is what Hugging Face's generate() does when nobody sets it.
  sampling: { temperature: 0.6, topP: 0.95, topK: 50 },
  maxTokens: 4096,
  thresholds,
  segmenting: { splitter: 'paragraph', minCharacters: 10, short: 'drop' },
  scoring: { observer: 'last-token', aggregate: 'sum', layers: 'all' },
  evaluation: { mode: 'reprompt', maxTokens: 512, temperature: 0.6, topP: 0.95, topK: 50 },
  faults: [
    'answer leak: the text behind </think> is pasted into the re-evaluation prompt',
    'long steps win: a score is a sum over tokens, not a mean',
    'repeated steps: each is scored at the place where its text occurs first',
    'spans come from tokenising prefixes again, which can be off by a token',
    'the assistant marker is one that DeepSeek templates do not contain, so that offsets are 0',
    'given answers: two of the five built-in ones are wrong and one is not determined',
    'sampled re-evaluation: the same kept steps can get different answers',
    'lenient extraction: any number in the last 200 characters counts',
  ],
}

/** Exact spans, mean attention from the end of the thinking, greedy, no leak. */
const recommended: Preset = {
  name: 'recommended',
  description: 'exact token spans, greedy, the pruned thinking is continued',
  loop: 'standard',
  expects: 'verified',
  sampling: { temperature: 0 },
  maxTokens: 4096,
  thresholds,
  segmenting: { splitter: 'paragraph' },
  // No observer: 'think-end' where the trace has one, else 'last-token'.
  scoring: { aggregate: 'mean', layers: 'all' },
  evaluation: { mode: 'continue', maxTokens: 512, temperature: 0 },
  faults: [],
}

export const presets: Readonly<Record<PresetName, Preset>> = { notebook, recommended }

export const presetNames: readonly PresetName[] = ['notebook', 'recommended']
