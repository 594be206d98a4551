import type {
  ControlHandle,
  ModelHandle,
  Native,
  NativeSample,
  SessionHandle,
} from '../../types/native.js'

export declare function openModelHandle(
  addon: Native,
  path: string,
  options?: { readonly control?: ControlHandle; readonly gpuLayers?: number },
): Promise<ModelHandle>

/** Up to `count` tokens on branch 0, with whole rows where `captures`: of all heads summed, or of those listed. */
export declare function sampleHome(
  addon: Native,
  session: SessionHandle,
  count: number,
  capture?: {
    readonly captures: boolean
    readonly layers: Int32Array
    readonly heads: Int32Array
  },
): Promise<NativeSample | undefined>
