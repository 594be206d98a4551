/** What a session needs, on the host and on GPUs, and what is refused: closed forms, without a GPU. */

import t from 'tap'
import { program, run } from '../support/programs.js'

const { path, skip } = program('session_memory')

interface Case {
  readonly layers?: number
  /** The output counts as one. */
  readonly gpuLayers?: number
  readonly cells?: number
  readonly type?: string
  readonly flash?: boolean
  readonly offload?: boolean
  /** Bytes; 0: none. */
  readonly limit?: number
  readonly gpuFree?: number
}

/** Lines: bytes, then what is refused. */
async function asked(given: Case): Promise<string[]> {
  const { layers = 4, gpuLayers = 0, cells = 1024, type = 'f16', flash = true } = given
  const { offload = true, limit = 0, gpuFree = 0 } = given
  const args = [layers, gpuLayers, cells, type, Number(flash), Number(offload), limit, gpuFree]
  const { stdout } = await run(path, args.map(String))
  return stdout.trim().split('\n')
}

/** Keys and values of 2 heads of 64 values, two bytes each. */
const cellBytes = 2 * 2 * 64 * 2
/** 512 tokens of 8 activations of 512 floats, and twice their 32 logits. */
const compute = 512 * 8 * 512 * 4 + 2 * 512 * 32 * 4
/** On a GPU logits are reduced: their distances to the largest and the powers of those come to them. */
const gpuCompute = compute + 2 * 512 * 32 * 4

t.test('bytes of the cache and of computing', { skip }, async t => {
  t.strictSame(await asked({}), [`${1024 * 4 * cellBytes} ${compute}`])
  t.strictSame(await asked({ type: 'f32' }), [`${2 * 1024 * 4 * cellBytes} ${compute}`])
  // 32 values in 34 bytes
  t.strictSame(await asked({ type: 'q8_0' }), [`${(1024 * 4 * cellBytes * 34) / 64} ${compute}`])
  const attention = 512 * 1024 * 8 * 4
  t.strictSame(await asked({ flash: false }), [`${1024 * 4 * cellBytes} ${compute + attention}`])
})

t.test('a limit of the host is met to the byte', { skip }, async t => {
  const needed = 1024 * 4 * cellBytes + compute
  t.equal((await asked({ limit: needed })).length, 1)
  t.match(
    (await asked({ limit: needed - 1 }))[1],
    /^ERR_OUT_OF_MEMORY a context of 1024 cells .* of memory/,
  )
})

t.test('a GPU holds the cache of its layers: the output has none', { skip }, async t => {
  for (const gpuLayers of [2, 3, 5]) {
    const needed = 1024 * (gpuLayers - 1) * cellBytes + gpuCompute
    t.equal((await asked({ gpuLayers, gpuFree: needed })).length, 1, `${gpuLayers} fit`)
    const [, refused] = await asked({ gpuLayers, gpuFree: needed - 1 })
    t.match(
      refused,
      /^ERR_OUT_OF_MEMORY .* of GPU memory, available are \d+ MiB; lower contextLength/,
    )
    const host = 1024 * (5 - gpuLayers) * cellBytes + gpuCompute
    t.equal((await asked({ gpuLayers, gpuFree: needed, limit: host })).length, 1, 'the rest')
    t.match((await asked({ gpuLayers, gpuFree: needed, limit: host - 1 }))[1], /of memory/)
  }
})

t.test('a cache that stays with the host needs the GPU for computing alone', { skip }, async t => {
  const gpu = { gpuLayers: 5, offload: false }
  t.equal((await asked({ ...gpu, gpuFree: gpuCompute })).length, 1)
  t.match((await asked({ ...gpu, gpuFree: gpuCompute - 1 }))[1], /of GPU memory/)
  const limit = 1024 * 4 * cellBytes + gpuCompute - 1
  t.match((await asked({ ...gpu, gpuFree: gpuCompute, limit }))[1], /of memory/)
})

t.test('a cache type that there is not is named', { skip }, async t => {
  t.match((await asked({ type: 'q3_k' }))[0], /^ERR_INVALID_ARG_VALUE unknown cache type q3_k/)
})
