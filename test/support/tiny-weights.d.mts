import type { GgufTensor, GgufValue } from './gguf.d.mts'
import type { ModelShape } from './tiny-models.d.mts'

export function modelTensors(shape: ModelShape): GgufTensor[]
export function modelMetadata(shape: ModelShape): Record<string, GgufValue>
