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
  rule: 'threshold',
  protect: {},
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

/** Exact spans, mean attention from the end of the thinking, sampled as the model's makers say, no leak. */
const recommended: Preset = {
  name: 'recommended',
  description: 'exact token spans, the pruned thinking is continued',
  loop: 'standard',
  expects: 'verified',
  sampling: {},
  maxTokens: 4096,
  thresholds,
  rule: 'threshold',
  protect: {},
  segmenting: { splitter: 'auto' },
  // No observer: 'think-end' where the trace has one, else 'last-token'.
  scoring: { aggregate: 'mean', layers: 'all' },
  // a row must not depend on which others were asked for
  evaluation: { mode: 'continue', maxTokens: 512, independent: true },
  faults: [],
}

/**
 * Think Clearly (arXiv 2507.08806), once at the end of the thinking: its probe, mean attention over all
 * layers and heads, whole lowest steps first and then single tokens. Its period in flight, budget,
 * delimiters and protected regions are not published; what is here in their place is ours.
 */
const thinkClearly: Preset = {
  ...recommended,
  name: 'think-clearly',
  description: "Think Clearly's probe and budget, once at the end of the thinking",
  rule: 'tokens',
  segmenting: { splitter: 'control-words' },
  scoring: { observer: 'think-clearly', aggregate: 'mean', layers: 'all', perToken: true },
  faults: ['reconstructed: budget, delimiters and protection are not in what is published'],
}

/** TRAAC (arXiv 2510.01581) at test time; the thresholds are its target reductions ρ. */
const traacPaper: Preset = {
  ...recommended,
  name: 'traac-paper',
  description: "TRAAC's probe and uniformity rule at test time, as its paper says",
  thresholds: [0, 0.2, 0.4, 0.6],
  rule: 'uniformity',
  segmenting: { splitter: 'control-words' },
  scoring: { observer: 'traac', aggregate: 'mean', layers: 'all', includeSink: true },
  faults: ['even scores prune nothing: most traces stay whole where no step dominates'],
}

/** The same as TRAAC's released code does it. */
const traacCode: Preset = {
  ...traacPaper,
  name: 'traac-code',
  description: 'TRAAC at test time with the quirks of its released code for Qwen3',
  segmenting: { splitter: 'control-words-traac-code' },
  scoring: { observer: 'traac', aggregate: 'mean', layers: 'first-half', includeSink: true },
  faults: [
    ...traacPaper.faults,
    'single control words only, also inside of longer words',
    'first half of the layers',
    'unlike the released code, the question is in the context while steps are scored',
  ],
}

/** The presets by name: plain data, to be run as they are or taken apart. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  notebook,
  recommended,
  'think-clearly': thinkClearly,
  'traac-paper': traacPaper,
  'traac-code': traacCode,
}

/** The names of the presets, as `--preset` takes them. */
export const presetNames: readonly PresetName[] = [
  'notebook',
  'recommended',
  'think-clearly',
  'traac-paper',
  'traac-code',
]
