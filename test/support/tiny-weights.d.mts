import type { GgufTensor, GgufValue } from './gguf.d.mts'
import type { ModelShape } from './tiny-models.d.mts'

/** A seeded generator of numbers in [0, 1). */
export function mulberry32(seed: number): () => number
/** A seed of its own for each named part. */
export function nameSeed(seed: number, name: string): number
export function modelTensors(shape: ModelShape): GgufTensor[]
export function modelMetadata(shape: ModelShape): Record<string, GgufValue>
