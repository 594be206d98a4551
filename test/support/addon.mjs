// @ts-check
/** Opening a model at the seam, on the CPU, with the arguments that tests do not care about. */

/** @type {typeof import('./addon.d.mts').openModelHandle} */
export const openModelHandle = (
  addon,
  path,
  { control = addon.controlCreate(), gpuLayers = 0 } = {},
) => addon.modelOpen(control, path, gpuLayers, -1, new Float32Array(), true, 0)
