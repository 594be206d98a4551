import type { GgufTensor, GgufValue } from '../gguf.d.mts'
import type { ModelShape } from '../tiny-models.d.mts'

export const constantChannel: number
export const experts: { readonly count: number; readonly used: number }

/** Norm, projections and output of grouped-query attention. @param options query matrices side by side (1) */
export function attention(
  shape: ModelShape,
  layer: number,
  options?: { readonly queryRows?: number },
): GgufTensor[]
export function attentionBiases(shape: ModelShape, layer: number): GgufTensor[]
export function queryKeyNorms(shape: ModelShape, layer: number): GgufTensor[]
/** A norm of the residual stream. */
export function norm(shape: ModelShape, layer: number, name: string): GgufTensor
/** Without its norm. @param suffix of the names, `_shexp` for the expert that all tokens share */
export function feedForward(shape: ModelShape, layer: number, suffix?: string): GgufTensor[]
export function expertFeedForward(shape: ModelShape, layer: number): GgufTensor[]
export function expertMetadata(shape: ModelShape): Record<string, GgufValue>
/** Of DeepSeek and GLM: one expert that all share, the first layer without experts. */
export function sharedExpertMetadata(shape: ModelShape): Record<string, GgufValue>
/** Indices of layers. */
export function layersWhere(shape: ModelShape, isOne: (layer: number) => boolean): number[]
