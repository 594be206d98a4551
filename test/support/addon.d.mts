import type { ControlHandle, ModelHandle, Native } from '../../types/native.js'

export declare function openModelHandle(
  addon: Native,
  path: string,
  options?: { readonly control?: ControlHandle; readonly gpuLayers?: number },
): Promise<ModelHandle>
