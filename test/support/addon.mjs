// @ts-check
/** Opening a model at the seam, on the CPU, with the arguments that tests do not care about; sampling likewise. */

/** @type {typeof import('./addon.d.mts').openModelHandle} */
export const openModelHandle = (
  addon,
  path,
  { control = addon.controlCreate(), gpuLayers = 0, tensorSplit = [], rpcServers = [] } = {},
) => {
  const split = Float32Array.from(tensorSplit)
  return addon.modelOpen(control, path, gpuLayers, -1, split, true, 0, rpcServers, 60_000)
}

/** @type {typeof import('./addon.d.mts').openSessionHandle} */
export const openSessionHandle = (
  addon,
  model,
  {
    contextLength,
    batchSize,
    branches = 1,
    threads = 1,
    flashAttention = false,
    keyType = 'f16',
    valueType = 'f16',
    offloadCache = true,
    memoryLimit = 0,
    sampleOn = 'auto',
  },
) =>
  addon.sessionOpen(
    ...[model, contextLength, batchSize, branches, threads, flashAttention],
    ...[keyType, valueType, offloadCache, memoryLimit, sampleOn],
  )

/** @type {typeof import('./addon.d.mts').sampleHome} */
export const sampleHome = async (
  addon,
  session,
  count,
  { captures = false, layers = new Int32Array(), heads = new Int32Array() } = {},
) => {
  const home = Int32Array.of(0)
  const whole = new Int32Array()
  const samples = addon.sessionSample(session, home, count, captures, layers, heads, whole, -1)
  return (await samples)[0]
}
