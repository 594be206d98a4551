// @ts-check
/** The table of trials; each is one child process. */

/** @typedef {import('./trials.d.mts').Trial} Trial */

const rounds = { embedded: 9, '1.5B': 3 }

/**
 * @param {'embedded' | '1.5B'} shape
 * @param {number} filled
 * @param {string} [words]
 * @returns {Trial}
 */
const capture = (shape, filled, words = '') => ({
  words: `capture ${shape} ${filled} ${words}`.trim(),
  script: 'capture.mjs',
  options: { shape, filled, tokens: shape === '1.5B' ? 48 : 256, rounds: rounds[shape] },
})

/**
 * @param {'embedded' | '1.5B'} shape
 * @param {number} length
 * @param {string} [words]
 * @returns {Trial}
 */
const score = (shape, length, words = '') => ({
  words: `score ${shape} ${length} ${words}`.trim(),
  script: 'score.mjs',
  options: { shape, length, rounds: shape === '1.5B' ? 1 : 3, flashAttention: 'auto' },
})

/**
 * @param {'embedded' | '1.5B'} shape
 * @param {number} prompt
 * @param {number} tokens
 * @returns {Trial}
 */
const generate = (shape, prompt, tokens) => ({
  words: `generate ${shape} ${prompt}`,
  script: 'generate.mjs',
  options: { shape, prompt, tokens, rounds: shape === '1.5B' ? 5 : 9 },
})

/**
 * @param {'embedded' | '0.5B'} shape
 * @returns {Trial}
 */
const share = shape => ({
  words: `share ${shape}`,
  script: 'share.mjs',
  options: {
    shape,
    settings: { "libgomp's spinning": { GOMP_SPINCOUNT: '300000' }, 'the package': {} },
    millis: 3000,
    rounds: 5,
  },
})

/**
 * @param {'reasoner' | 'embedded' | '0.5B' | '1.5B'} shape
 * @param {number} length
 * @param {number} rows
 * @param {string} [words]
 * @returns {Trial}
 */
const compress = (shape, length, rows, words = '') => ({
  words: `compress ${shape} ${length} ${words}`.trim(),
  script: 'compress.mjs',
  // where no second row fits into a block of cells, several at once are one by one
  options: { shape, length, rows, rounds: 5, parallel: length < 256 ? [2, 4, 8] : [] },
})

/**
 * Against what people would use instead; `--model FILE` takes a file in place of the shape.
 * @param {'embedded' | '1.5B'} shape
 * @param {string} job
 * @param {Record<string, number>} sizes
 * @param {string} [words]
 * @returns {Trial}
 */
const peers = (shape, job, sizes, words = '') => ({
  words: `peers ${shape} ${job} ${sizes.prompt} ${words}`.trim(),
  script: 'peers/trial.mjs',
  options: { shape, job, ...sizes, rounds: 5 },
})

/**
 * @param {'generate' | 'score' | 'graph' | 'sweep'} what
 * @param {readonly number[]} lengths
 * @param {string} [words]
 * @returns {Trial}
 */
const curves = (what, lengths, words = '') => ({
  words: `curves small ${what} ${words}`.trim(),
  script: 'curves.mjs',
  options: { shape: 'small', what, lengths },
})
const thousands = [1024, 2048, 4096, 8192, 16384, 32768]

/** @type {readonly Trial[]} */
export const trials = [
  capture('embedded', 512),
  capture('embedded', 4096),
  capture('embedded', 16384),
  capture('1.5B', 512),
  capture('1.5B', 4096),
  capture('1.5B', 16384, 'long'),
  ...[512, 1024, 2048, 4096, 8192, 16384].map(length => score('embedded', length)),
  score('1.5B', 512),
  score('1.5B', 4096),
  score('1.5B', 16384, 'long'),
  generate('embedded', 512, 1024),
  generate('1.5B', 128, 64),
  {
    words: 'sweep embedded 1024',
    script: 'sweep.mjs',
    options: { shape: 'embedded', length: 1024, tokens: 64, rounds: 5 },
  },
  {
    words: 'parallel reasoner',
    script: 'parallel.mjs',
    options: { problems: 60, parallel: [2, 4, 8], rounds: 3 },
  },
  {
    words: 'inflight embedded 4096',
    script: 'inflight.mjs',
    options: { shape: 'embedded', filled: 4096, looks: 3, rounds: 5 },
  },
  {
    words: 'inflight 1.5B 4096',
    script: 'inflight.mjs',
    options: { shape: '1.5B', filled: 4096, looks: 1, rounds: 3 },
  },
  {
    words: 'graph embedded 8192',
    script: 'graph.mjs',
    options: { shape: 'embedded', length: 8192, steps: [10, 100, 500, 1000, 2000], rounds: 1 },
  },
  compress('reasoner', 512, 12),
  compress('embedded', 64, 16),
  compress('embedded', 128, 16),
  compress('0.5B', 64, 8),
  compress('embedded', 512, 8),
  compress('embedded', 4096, 1),
  compress('0.5B', 512, 1),
  compress('1.5B', 512, 1),
  compress('1.5B', 4096, 1, 'long'),
  share('embedded'),
  share('0.5B'),
  {
    words: 'chains 0.5B',
    script: 'chains.mjs',
    options: {
      ...{ shape: '0.5B', prompt: 64, tokens: 32, rounds: 5 },
      ...{ chains: [8], sampleOn: ['host'] },
    },
  },
  peers('embedded', 'generate', { prompt: 512, tokens: 256 }),
  peers('embedded', 'rows', { prompt: 512, tokens: 256 }),
  peers('embedded', 'chains', { prompt: 512, tokens: 128, chains: 8 }),
  ...[1024, 4096].flatMap(prompt => [
    peers('embedded', 'row', { prompt }),
    peers('embedded', 'live', { prompt }),
  ]),
  peers('1.5B', 'generate', { prompt: 512, tokens: 64 }, 'long'),
  peers('1.5B', 'rows', { prompt: 512, tokens: 64 }, 'long'),
  peers('1.5B', 'chains', { prompt: 512, tokens: 32, chains: 8 }, 'long'),
  peers('1.5B', 'row', { prompt: 1024 }, 'long'),
  peers('1.5B', 'live', { prompt: 1024 }, 'long'),
  curves('generate', thousands),
  curves('score', thousands),
  curves('graph', thousands),
  curves('sweep', thousands.slice(0, 4)),
  curves('sweep', thousands, 'long'),
  {
    words: 'isolated embedded',
    script: 'isolated.mjs',
    options: { shape: 'embedded', length: 1024, tokens: 256, rounds: 5 },
  },
  { words: 'hop embedded', script: 'hop.mjs', options: { millis: 1000 } },
]

/** Trials with one of these words take minutes or need what is not there: they have to be named. */
const named = ['long', 'peers', 'curves']

/** @type {typeof import('./trials.d.mts').chooseTrials} */
export function chooseTrials(words) {
  return trials.filter(trial => {
    const names = trial.words.split(' ')
    if (named.some(word => names.includes(word) && !words.includes(word))) return false
    return words.every(word => names.includes(word))
  })
}
