// @ts-check
/**
 * What is measured on a machine with a GPU, in the order of its worth, and what has to come out.
 * Each trial is one process. Where there is no GPU, `dry` makes it small enough for a CPU.
 */

/** @typedef {import('./trials.d.mts').Trial} Trial */

/**
 * With quantised weights every backend quantises activations in its own way, and what a head
 * attends to moves with them: by up to 9e-5 for the mean of all heads against full precision
 * (test/engine/hf-rows.test.ts), more for one head.
 */
const quantised = { all: 1e-3, chosen: 1e-2 }
const exact = { all: 1e-5, chosen: 1e-5 }

/**
 * @param {string} model
 * @param {{ all: number, chosen: number }} most
 * @returns {Trial}
 */
const rows = (model, most) => ({
  name: `rows of the GPU and of the CPU, ${model}`,
  script: 'test/gpu/rows.mjs',
  options: { model, tokens: 300 },
  dry: { tokens: 40 },
  seconds: 90,
  quick: true,
  bars: [
    { rows: /^F16 .* all heads/, most: most.all },
    { rows: /^F16 .* chosen heads/, most: most.chosen },
    { rows: /^Q8_0 /, most: 1e-2 },
  ],
})

const small = { shape: 'embedded', rounds: 1 }
const mebibytes = 1024

/**
 * @param {'1.5B' | '7B'} shape
 * @param {number} filled
 * @param {boolean} quick
 * @returns {Trial}
 */
const capture = (shape, filled, quick) => ({
  name: `cost of capture, ${shape} shape, ${filled} tokens`,
  script: 'bench/capture.mjs',
  options: { shape, filled, tokens: 128, rounds: 7, flash: ['on'] },
  dry: { ...small, filled: 160, tokens: 32 },
  seconds: shape === '7B' ? 240 : 120,
  quick,
  // whole rows of every token are what nobody needs: they are measured, and have no bar
  bars: [{ rows: /^step graph, live/, ratio: 'off, best setting', least: 0.95 }],
})

/**
 * @param {number} length
 * @param {boolean} quick
 * @returns {Trial}
 */
const score = (length, quick) => ({
  name: `score of a trace of ${length} tokens, 1.5B shape`,
  script: 'bench/score.mjs',
  options: { shape: '1.5B', length, rounds: 3, flashAttention: 'auto' },
  dry: { ...small, length: 256 },
  seconds: 120,
  quick,
  bars: [{ rows: /^live, extra GPU memory/, most: 64 * mebibytes }],
})

/**
 * @param {number} length
 * @param {boolean} quick
 * @returns {Trial}
 */
const transformers = (length, quick) => ({
  name: `Hugging Face transformers, eager attention, ${length} tokens, 1.5B shape`,
  script: 'test/gpu/hf.mjs',
  options: { length },
  dry: {},
  seconds: 150,
  quick,
  bars: [],
})

/** @type {readonly Trial[]} */
export const trials = [
  ...['qwen2', 'llama', 'gemma3'].map(model => rows(model, exact)),
  rows('embedded', quantised),
  score(4096, true),
  capture('1.5B', 4096, true),
  {
    name: 'generate against a bare loop, 1.5B shape',
    script: 'bench/generate.mjs',
    options: { shape: '1.5B', prompt: 512, tokens: 512, rounds: 5 },
    dry: { ...small, prompt: 32, tokens: 32 },
    seconds: 180,
    quick: true,
    bars: [{ rows: /^generate/, ratio: 'bare loop', least: 0.98 }],
  },
  {
    name: 'six re-evaluations, 1.5B shape',
    script: 'bench/sweep.mjs',
    options: { shape: '1.5B', length: 2048, tokens: 64, rounds: 3 },
    dry: { ...small, length: 200, tokens: 8 },
    seconds: 90,
    quick: true,
    bars: [],
  },
  {
    name: 'many chains at once, 1.5B shape',
    script: 'bench/chains.mjs',
    options: {
      ...{ shape: '1.5B', prompt: 512, tokens: 128, rounds: 2 },
      ...{ chains: [8, 62], sampleOn: ['device', 'host'] },
    },
    dry: { ...small, prompt: 32, tokens: 4, chains: [2] },
    seconds: 150,
    quick: true,
    bars: [
      { rows: /^8 chains, 0.6, top-p 0.95, top-k 40, on the device/, least: 2000 },
      { rows: /^62 chains, 0.6, top-p 0.95, top-k 40, on the device/, least: 8000 },
      { rows: /^62 chains, 0.6, top-p 0.95, on the device/, ratio: 'greedy', least: 0.9 },
      { rows: /^\d+ chains, greedy, on the device/, ratio: 'bare loop', least: 0.9 },
    ],
  },
  {
    name: '30 problems × 8 samples, 1.5B shape',
    script: 'bench/samples.mjs',
    options: {
      ...{ shape: '1.5B', problems: 30, samples: 8, prompt: 256, tokens: 1024 },
      ...{ branches: 62, rounds: 1 },
    },
    dry: { ...small, problems: 2, samples: 2, prompt: 32, tokens: 4, branches: 3 },
    seconds: 180,
    quick: false,
    // at most 1.3 times of what rollouts take
    bars: [{ rows: /problems/, ratio: 'rollouts', least: 1 / 1.3 }],
  },
  {
    name: 'finished traces compressed, 1.5B shape',
    script: 'bench/compress.mjs',
    options: { shape: '1.5B', length: 4096, rows: 4, rounds: 3 },
    dry: { ...small, length: 200, rows: 2 },
    seconds: 120,
    quick: false,
    bars: [{ rows: /^compress$/, ratio: 'bare prefill', least: 0.9 }],
  },
  transformers(4096, true),
  score(32_768, false),
  capture('1.5B', 32_768, false),
  transformers(32_768, false),
  capture('7B', 4096, false),
  capture('7B', 32_768, false),
]
