// @ts-check
/**
 * Multi-head latent attention, absorbed: a token's key is one latent vector that all heads share, and
 * each head's query is moved into its space. The first layer is dense.
 */
import { u32 } from '../gguf.mjs'
import {
  expertFeedForward,
  expertMetadata,
  experts,
  feedForward,
  norm,
  sharedExpertMetadata,
} from './blocks.mjs'
import { matrix, vector, writer } from './parts.mjs'

/** @typedef {import('../tiny-models.d.mts').ModelShape} ModelShape */
/** @typedef {import('./families.d.mts').Family} Family */

/** Layers of DeepSeek-V2-Lite, by which llama.cpp knows that queries have no low rank. */
const liteLayers = 27

/** @param {ModelShape} shape */
const sizes = ({ headDim }) => ({ rank: 2 * headDim, rope: headDim / 2, plain: headDim })

/** @type {Family} */
export const deepseek2 = {
  layer: (shape, layer) => {
    const { embedding, heads, headDim, layers } = shape
    const { rank, rope, plain } = sizes(shape)
    const prefix = `blk.${layer}.attn_`
    const key = heads * (plain + rope)
    const fan = 1.5 / Math.sqrt(embedding)
    const query =
      layers === liteLayers
        ? [matrix(shape, `${prefix}q.weight`, [embedding, key], fan)]
        : [
            matrix(shape, `${prefix}q_a.weight`, [embedding, rank]),
            vector(shape, `${prefix}q_a_norm.weight`, rank, 1, 0.1),
            matrix(shape, `${prefix}q_b.weight`, [rank, key], 1.5 / Math.sqrt(rank)),
          ]
    return [
      norm(shape, layer, 'attn_norm'),
      ...query,
      matrix(shape, `${prefix}kv_a_mqa.weight`, [embedding, rank + rope], fan),
      vector(shape, `${prefix}kv_a_norm.weight`, rank, 1, 0.1),
      matrix(shape, `${prefix}k_b.weight`, [plain, rank, heads]),
      matrix(shape, `${prefix}v_b.weight`, [rank, headDim, heads]),
      writer(shape, `${prefix}output.weight`, [heads * headDim, embedding]),
      norm(shape, layer, 'ffn_norm'),
      ...(layer === 0
        ? feedForward(shape, layer)
        : [
            ...expertFeedForward(shape, layer),
            vector(shape, `blk.${layer}.exp_probs_b.bias`, experts.count, 0, 0.1),
            ...feedForward(shape, layer, '_shexp'),
          ]),
    ]
  },
  metadata: shape => {
    const { headDim, layers } = shape
    const { rank, rope, plain } = sizes(shape)
    return {
      ...expertMetadata(shape),
      ...sharedExpertMetadata(shape),
      'deepseek2.attention.head_count_kv': u32(1),
      ...(layers === liteLayers ? {} : { 'deepseek2.attention.q_lora_rank': u32(rank) }),
      'deepseek2.attention.kv_lora_rank': u32(rank),
      'deepseek2.attention.key_length': u32(rank + rope),
      'deepseek2.attention.value_length': u32(rank),
      'deepseek2.attention.key_length_mla': u32(plain + rope),
      'deepseek2.attention.value_length_mla': u32(headDim),
      'deepseek2.rope.dimension_count': u32(rope),
    }
  },
}
