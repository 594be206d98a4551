// @ts-check
/** Mixtures of experts with grouped-query attention: qwen3moe, gpt-oss, glm4moe. */
import { u32 } from '../gguf.mjs'
import {
  attention,
  attentionBiases,
  expertFeedForward,
  expertMetadata,
  experts,
  feedForward,
  norm,
  queryKeyNorms,
  sharedExpertMetadata,
} from './blocks.mjs'
import { small, vector, writerBias } from './parts.mjs'

/** @typedef {import('./families.d.mts').Family} Family */

/** @type {Family} */
export const qwen3moe = {
  layer: (shape, layer) => [
    ...attention(shape, layer),
    ...queryKeyNorms(shape, layer),
    norm(shape, layer, 'ffn_norm'),
    ...expertFeedForward(shape, layer),
  ],
  metadata: expertMetadata,
}

/** @type {Family} */
export const gptOss = {
  defaults: { layers: 4 },
  layer: (shape, layer) => {
    const { embedding, heads, ff } = shape
    const { count } = experts
    const prefix = `blk.${layer}.`
    return [
      ...attention(shape, layer),
      ...attentionBiases(shape, layer),
      writerBias(shape, `${prefix}attn_output.bias`, [embedding]),
      vector(shape, `${prefix}attn_sinks.weight`, heads, 3, 0.5),
      norm(shape, layer, 'post_attention_norm'),
      ...expertFeedForward(shape, layer),
      vector(shape, `${prefix}ffn_gate_inp.bias`, count, 0, 0.1),
      small(shape, `${prefix}ffn_gate_exps.bias`, [ff, count], 0, 0.1),
      small(shape, `${prefix}ffn_up_exps.bias`, [ff, count], 0, 0.1),
      writerBias(shape, `${prefix}ffn_down_exps.bias`, [embedding, count]),
    ]
  },
  metadata: shape => ({
    ...expertMetadata(shape),
    'gpt-oss.attention.sliding_window': u32(shape.slidingWindow),
  }),
  attends: layer => layer % 2 === 1,
  sinks: true,
}

/** The first layer is dense. @type {Family} */
export const glm4moe = {
  layer: (shape, layer) => [
    ...attention(shape, layer),
    ...attentionBiases(shape, layer),
    ...queryKeyNorms(shape, layer),
    norm(shape, layer, 'post_attention_norm'),
    ...(layer === 0
      ? feedForward(shape, layer)
      : [
          ...expertFeedForward(shape, layer),
          vector(shape, `blk.${layer}.exp_probs_b.bias`, experts.count, 0, 0.1),
          ...feedForward(shape, layer, '_shexp'),
        ]),
  ],
  metadata: shape => ({
    ...expertMetadata(shape),
    ...sharedExpertMetadata(shape),
    'glm4moe.rope.dimension_count': u32(shape.headDim / 2),
  }),
}
