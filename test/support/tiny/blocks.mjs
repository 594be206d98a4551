// @ts-check
/** Blocks of layers that several families share: attention, feed-forward, experts. */
import { bool, f32, u32 } from '../gguf.mjs'
import { matrix, small, vector, writer } from './parts.mjs'

/** @typedef {import('../tiny-models.d.mts').ModelShape} ModelShape */
/** @typedef {import('../gguf.d.mts').GgufTensor} GgufTensor */

export const constantChannel = 8
export const experts = { count: 4, used: 2 }

/** @type {typeof import('./blocks.d.mts').attention} */
export function attention(shape, layer, { queryRows = 1 } = {}) {
  const { embedding, heads, kvHeads, headDim } = shape
  const prefix = `blk.${layer}.attn_`
  const fan = 1 / Math.sqrt(embedding)
  const query = shape.weights === 'uniform' ? 0 : 1.5 * fan
  return [
    vector(shape, `${prefix}norm.weight`, embedding, 1, 0.1),
    matrix(shape, `${prefix}q.weight`, [embedding, queryRows * heads * headDim], query),
    matrix(shape, `${prefix}k.weight`, [embedding, kvHeads * headDim], query),
    matrix(shape, `${prefix}v.weight`, [embedding, kvHeads * headDim], fan),
    writer(shape, `${prefix}output.weight`, [heads * headDim, embedding]),
  ]
}

/** @type {typeof import('./blocks.d.mts').attentionBiases} */
export function attentionBiases(shape, layer) {
  const { heads, kvHeads, headDim } = shape
  const prefix = `blk.${layer}.attn_`
  const bias = shape.weights === 'uniform' ? 0 : 0.5
  return [
    vector(shape, `${prefix}q.bias`, heads * headDim, 0, bias),
    vector(shape, `${prefix}k.bias`, kvHeads * headDim, 0, bias),
    vector(shape, `${prefix}v.bias`, kvHeads * headDim, 0, 0.1),
  ]
}

/** @type {typeof import('./blocks.d.mts').queryKeyNorms} */
export function queryKeyNorms(shape, layer) {
  const { headDim } = shape
  return [
    vector(shape, `blk.${layer}.attn_q_norm.weight`, headDim, 1.5, 0.1),
    vector(shape, `blk.${layer}.attn_k_norm.weight`, headDim, 1.5, 0.1),
  ]
}

/** @type {typeof import('./blocks.d.mts').norm} */
export function norm(shape, layer, name) {
  return vector(shape, `blk.${layer}.${name}.weight`, shape.embedding, 1, 0.1)
}

/** @type {typeof import('./blocks.d.mts').feedForward} */
export function feedForward(shape, layer, suffix = '') {
  const { embedding, ff } = shape
  const prefix = `blk.${layer}.ffn_`
  return [
    matrix(shape, `${prefix}gate${suffix}.weight`, [embedding, ff]),
    matrix(shape, `${prefix}up${suffix}.weight`, [embedding, ff]),
    writer(shape, `${prefix}down${suffix}.weight`, [ff, embedding]),
  ]
}

/** @type {typeof import('./blocks.d.mts').expertFeedForward} */
export function expertFeedForward(shape, layer) {
  const { embedding, ff } = shape
  const { count } = experts
  const prefix = `blk.${layer}.ffn_`
  return [
    small(shape, `${prefix}gate_inp.weight`, [embedding, count], 0, 1 / Math.sqrt(embedding)),
    matrix(shape, `${prefix}gate_exps.weight`, [embedding, ff, count]),
    matrix(shape, `${prefix}up_exps.weight`, [embedding, ff, count]),
    writer(shape, `${prefix}down_exps.weight`, [ff, embedding, count]),
  ]
}

/** @type {typeof import('./blocks.d.mts').expertMetadata} */
export function expertMetadata({ arch, ff }) {
  return {
    [`${arch}.expert_count`]: u32(experts.count),
    [`${arch}.expert_used_count`]: u32(experts.used),
    [`${arch}.expert_feed_forward_length`]: u32(ff),
  }
}

/** @type {typeof import('./blocks.d.mts').sharedExpertMetadata} */
export function sharedExpertMetadata({ arch }) {
  return {
    [`${arch}.expert_shared_count`]: u32(1),
    [`${arch}.leading_dense_block_count`]: u32(1),
    [`${arch}.expert_weights_scale`]: f32(1),
    [`${arch}.expert_weights_norm`]: bool(true),
    // the sigmoid
    [`${arch}.expert_gating_func`]: u32(2),
  }
}

/** @type {typeof import('./blocks.d.mts').layersWhere} */
export function layersWhere({ layers }, isOne) {
  return Array.from({ length: layers }, (_, layer) => layer).filter(isOne)
}
