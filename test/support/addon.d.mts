import type {
  ControlHandle,
  Engine,
  ModelHandle,
  NativeSample,
  SessionHandle,
} from '../../types/native.js'

export declare function openModelHandle(
  addon: Pick<Engine, 'controlCreate' | 'modelOpen'>,
  path: string,
  options?: {
    readonly control?: ControlHandle
    readonly gpuLayers?: number
    /** @default by free memory */
    readonly tensorSplit?: readonly number[]
    /** HOST:PORT each; one that is lost ends the process. */
    readonly rpcServers?: readonly string[]
  },
): Promise<ModelHandle>

/** One branch, one thread, half precision, no flash attention and no limit, where nothing else is said. */
export declare function openSessionHandle(
  addon: Pick<Engine, 'sessionOpen'>,
  model: ModelHandle,
  options: {
    readonly contextLength: number
    readonly batchSize: number
    readonly branches?: number
    readonly threads?: number
    readonly flashAttention?: boolean
    readonly keyType?: string
    readonly valueType?: string
    readonly offloadCache?: boolean
    readonly memoryLimit?: number
    readonly sampleOn?: string
  },
): Promise<SessionHandle>

/** Up to `count` tokens on branch 0, with whole rows where `captures`: of all heads summed, or of those listed. */
export declare function sampleHome(
  addon: Pick<Engine, 'sessionSample'>,
  session: SessionHandle,
  count: number,
  capture?: {
    readonly captures: boolean
    readonly layers: Int32Array
    readonly heads: Int32Array
  },
): Promise<NativeSample | undefined>
