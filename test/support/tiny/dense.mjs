// @ts-check
/** Dense transformers with grouped-query attention: llama, qwen2, qwen3, gemma3. */
import { u32 } from '../gguf.mjs'
import { attention, attentionBiases, feedForward, norm, queryKeyNorms } from './blocks.mjs'

/** @typedef {import('./families.d.mts').Family} Family */

/** @type {Family} */
export const llama = {
  layer: (shape, layer) => [
    ...attention(shape, layer),
    norm(shape, layer, 'ffn_norm'),
    ...feedForward(shape, layer),
  ],
}

/** @type {Family} */
export const qwen2 = {
  layer: (shape, layer) => [
    ...attention(shape, layer),
    ...attentionBiases(shape, layer),
    norm(shape, layer, 'ffn_norm'),
    ...feedForward(shape, layer),
  ],
}

/** @type {Family} */
export const qwen3 = {
  layer: (shape, layer) => [
    ...attention(shape, layer),
    ...queryKeyNorms(shape, layer),
    norm(shape, layer, 'ffn_norm'),
    ...feedForward(shape, layer),
  ],
}

/** @type {Family} */
export const gemma3 = {
  defaults: { layers: 6 },
  layer: (shape, layer) => [
    ...attention(shape, layer),
    ...queryKeyNorms(shape, layer),
    norm(shape, layer, 'post_attention_norm'),
    norm(shape, layer, 'ffn_norm'),
    ...feedForward(shape, layer),
    norm(shape, layer, 'post_ffw_norm'),
  ],
  metadata: ({ slidingWindow }) => ({ 'gemma3.attention.sliding_window': u32(slidingWindow) }),
  attends: layer => layer % 6 === 5,
  // norms behind attention and behind feed-forward
  perLayer: 2,
  // it multiplies embeddings by the root of their length
  embeddingScale: ({ embedding }) => 1 / Math.sqrt(embedding),
}
