/** Which layers go to which GPU memory: closed forms, on machines that have no GPU. */

import t from 'tap'
import { program, run } from '../support/programs.js'

const { path, skip } = program('placement')

interface Case {
  /** -1: all that fit. */
  readonly gpuLayers?: number
  readonly mainGpu?: number
  readonly split?: readonly number[]
  /** [free, total] in MiB. */
  readonly gpus?: readonly (readonly [free: number, total: number])[]
}

/** Four layers of 100 MiB, an output of 500 and embeddings of 400. */
async function resolved({ gpuLayers = -1, mainGpu = -1, split = [], gpus = [] }: Case) {
  const memory = gpus.map(gpu => gpu.join('/'))
  const lists = [split.join(',') || '-', memory.join(',') || '-']
  const args = [gpuLayers, mainGpu, ...lists, 400, 500, 100, 100, 100, 100]
  const { stdout } = await run(path, args.map(String))
  return stdout.trim()
}

const gpu = (free: number) => [free, 8192] as const

t.test('without a GPU everything stays with the CPU', { skip }, async t => {
  for (const gpuLayers of [-1, 0, 3, 99]) t.equal(await resolved({ gpuLayers }), '0')
})

t.test(
  'all that fit beside a reserve of 1 GiB: the output first, then layers',
  { skip },
  async t => {
    for (const [free, layers] of [
      [1523, 0],
      [1524, 1],
      [1623, 1],
      [1624, 2],
      [1923, 4],
      [1924, 5],
      [8192, 5],
    ] as const) {
      t.equal(await resolved({ gpus: [gpu(free)] }), String(layers), `${free} MiB free`)
    }
    t.equal(await resolved({ gpus: [[4096 + 899, 40_960]] }), '4', 'a tenth of a large GPU')
    t.equal(await resolved({ gpus: [[4096 + 900, 40_960]] }), '5', 'a tenth of a large GPU')
  },
)

t.test('memory is that of the GPUs that are used', { skip }, async t => {
  const gpus = [gpu(1600), gpu(1400)]
  t.equal(await resolved({ gpus }), '5', 'both: 952 MiB beside two reserves')
  t.equal(await resolved({ gpus, mainGpu: 0 }), '1')
  t.equal(await resolved({ gpus, mainGpu: 1 }), '0')
  t.equal(await resolved({ gpus, split: [1, 0] }), '1')
  t.equal(await resolved({ gpus, split: [1, 1] }), '5')
})

t.test('what is asked for is taken, or refused with its size', { skip }, async t => {
  const gpus = [gpu(700)]
  t.equal(await resolved({ gpus, gpuLayers: 0 }), '0')
  t.equal(await resolved({ gpus, gpuLayers: 3 }), '3', 'no reserve for what is named')
  t.match(
    await resolved({ gpus, gpuLayers: 4 }),
    /^ERR_OUT_OF_MEMORY gpuLayers 4 need 800 MiB for weights, free on the GPU are 700 MiB/,
  )
  t.equal(await resolved({ gpus: [gpu(900)], gpuLayers: 99 }), '5')
})

t.test('a GPU that is not there is named', { skip }, async t => {
  const gpus = [gpu(4000)]
  t.match(
    await resolved({ gpus, mainGpu: 1 }),
    /^ERR_INVALID_ARG_VALUE mainGpu 1 does not exist; .* 1 /,
  )
  t.match(
    await resolved({ gpus, split: [1, 1] }),
    /^ERR_INVALID_ARG_VALUE tensorSplit .* 2 GPUs; .* 1 /,
  )
  t.match(await resolved({ gpus, gpuLayers: -2 }), /^ERR_INVALID_ARG_VALUE gpuLayers cannot be -2/)
})
