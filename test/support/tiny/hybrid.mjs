// @ts-check
/** Every second layer attends, the others have a state: qwen35, lfm2, granitehybrid; of nemotron_h every third. And mamba, all state. */
import { array, bool, f32, u32 } from '../gguf.mjs'
import { attention, feedForward, norm, queryKeyNorms } from './blocks.mjs'
import { matrix, small, vector, writer } from './parts.mjs'

/** @typedef {import('../tiny-models.d.mts').ModelShape} ModelShape */
/** @typedef {import('../gguf.d.mts').GgufTensor} GgufTensor */
/** @typedef {import('./families.d.mts').Family} Family */

/** @param {number} layer */
const attends = layer => layer % 2 === 1

/** A layer without heads for keys is recurrent. @param {ModelShape} shape */
const kvHeadsOf = ({ layers, kvHeads }) =>
  array(
    'i32',
    Array.from({ length: layers }, (_, layer) => (attends(layer) ? kvHeads : 0)),
  )

const delta = { kernel: 4, state: 16, keyHeads: 2, valueHeads: 4 }

/** A gated delta net. @param {ModelShape} shape @param {number} layer @returns {GgufTensor[]} */
function deltaNet(shape, layer) {
  const { embedding } = shape
  const { kernel, state, keyHeads, valueHeads } = delta
  const prefix = `blk.${layer}.`
  const values = state * valueHeads
  const mixed = 2 * state * keyHeads + values
  return [
    norm(shape, layer, 'attn_norm'),
    matrix(shape, `${prefix}attn_qkv.weight`, [embedding, mixed]),
    matrix(shape, `${prefix}attn_gate.weight`, [embedding, values]),
    small(shape, `${prefix}ssm_conv1d.weight`, [kernel, mixed], 0, 0.5),
    vector(shape, `${prefix}ssm_dt.bias`, valueHeads, 0, 0.1),
    // negative: the state fades
    vector(shape, `${prefix}ssm_a`, valueHeads, -0.5, 0.2),
    matrix(shape, `${prefix}ssm_beta.weight`, [embedding, valueHeads]),
    matrix(shape, `${prefix}ssm_alpha.weight`, [embedding, valueHeads]),
    vector(shape, `${prefix}ssm_norm.weight`, state, 1, 0.1),
    writer(shape, `${prefix}ssm_out.weight`, [values, embedding]),
  ]
}

/** @type {Family} */
export const qwen35 = {
  defaults: { layers: 4 },
  layer: (shape, layer) => [
    // queries and, beside them, gates of what they read
    ...(attends(layer)
      ? [...attention(shape, layer, { queryRows: 2 }), ...queryKeyNorms(shape, layer)]
      : deltaNet(shape, layer)),
    norm(shape, layer, 'post_attention_norm'),
    ...feedForward(shape, layer),
  ],
  metadata: ({ headDim }) => ({
    'qwen35.full_attention_interval': u32(2),
    'qwen35.rope.dimension_sections': array('i32', [headDim / 4, headDim / 8, headDim / 8, 0]),
    'qwen35.ssm.conv_kernel': u32(delta.kernel),
    'qwen35.ssm.inner_size': u32(delta.state * delta.valueHeads),
    'qwen35.ssm.state_size': u32(delta.state),
    'qwen35.ssm.time_step_rank': u32(delta.valueHeads),
    'qwen35.ssm.group_count': u32(delta.keyHeads),
  }),
  attends,
  memory: 'hybrid',
}

const shortKernel = 3

/** @type {Family} */
export const lfm2 = {
  defaults: { layers: 4 },
  layer: (shape, layer) => {
    const { embedding } = shape
    const prefix = `blk.${layer}.shortconv.`
    return [
      ...(attends(layer)
        ? [...attention(shape, layer), ...queryKeyNorms(shape, layer)]
        : [
            norm(shape, layer, 'attn_norm'),
            small(shape, `${prefix}conv.weight`, [shortKernel, embedding], 0, 0.6),
            matrix(shape, `${prefix}in_proj.weight`, [embedding, 3 * embedding]),
            writer(shape, `${prefix}out_proj.weight`, [embedding, embedding]),
          ]),
      norm(shape, layer, 'ffn_norm'),
      ...feedForward(shape, layer),
    ]
  },
  metadata: shape => ({
    'lfm2.attention.head_count_kv': kvHeadsOf(shape),
    'lfm2.shortconv.l_cache': u32(shortKernel),
  }),
  attends,
  memory: 'hybrid',
  outputNorm: 'token_embd_norm.weight',
}

const mamba2 = { kernel: 4, state: 16, groups: 1, heads: 4 }

/** @param {ModelShape} shape @param {number} layer @returns {GgufTensor[]} */
function mamba2Layer(shape, layer) {
  const { embedding } = shape
  const { kernel, state, groups, heads } = mamba2
  const prefix = `blk.${layer}.ssm_`
  const inner = 2 * embedding
  const mixed = inner + 2 * groups * state
  return [
    norm(shape, layer, 'attn_norm'),
    matrix(shape, `${prefix}in.weight`, [embedding, inner + mixed + heads]),
    small(shape, `${prefix}conv1d.weight`, [kernel, mixed], 0, 0.5),
    vector(shape, `${prefix}conv1d.bias`, mixed, 0, 0.1),
    vector(shape, `${prefix}dt.bias`, heads, 0, 0.1),
    small(shape, `${prefix}a`, [1, heads], -0.5, 0.2),
    small(shape, `${prefix}d`, [1, heads], 1, 0.1),
    small(shape, `${prefix}norm.weight`, [inner / groups, groups], 1, 0.1),
    writer(shape, `${prefix}out.weight`, [inner, embedding]),
  ]
}

/** @param {ModelShape} shape */
const mamba2Metadata = ({ arch, embedding }) => ({
  [`${arch}.ssm.conv_kernel`]: u32(mamba2.kernel),
  [`${arch}.ssm.inner_size`]: u32(2 * embedding),
  [`${arch}.ssm.state_size`]: u32(mamba2.state),
  [`${arch}.ssm.time_step_rank`]: u32(mamba2.heads),
  [`${arch}.ssm.group_count`]: u32(mamba2.groups),
})

/** @type {Family} */
export const graniteHybrid = {
  defaults: { layers: 4 },
  layer: (shape, layer) => [
    ...(attends(layer) ? attention(shape, layer) : mamba2Layer(shape, layer)),
    norm(shape, layer, 'ffn_norm'),
    ...feedForward(shape, layer),
  ],
  metadata: shape => ({
    ...mamba2Metadata(shape),
    'granitehybrid.attention.head_count_kv': kvHeadsOf(shape),
    'granitehybrid.rope.scaling.finetuned': bool(false),
    'granitehybrid.logit_scale': f32(1),
  }),
  attends,
  memory: 'hybrid',
}

/** A layer is one of three: a state, attention, or a feed-forward. @param {number} layer */
const nemotronAttends = layer => layer % 3 === 1

/** @type {Family} */
export const nemotronH = {
  defaults: { layers: 6 },
  layer: (shape, layer) => {
    const { embedding, ff } = shape
    if (nemotronAttends(layer)) return attention(shape, layer)
    if (layer % 3 === 0) return mamba2Layer(shape, layer)
    return [
      norm(shape, layer, 'attn_norm'),
      matrix(shape, `blk.${layer}.ffn_up.weight`, [embedding, ff]),
      writer(shape, `blk.${layer}.ffn_down.weight`, [ff, embedding]),
    ]
  },
  metadata: shape => {
    const { layers, kvHeads, ff } = shape
    const each = Array.from({ length: layers }, (_, layer) => layer)
    return {
      ...mamba2Metadata(shape),
      'nemotron_h.attention.head_count_kv': array(
        'i32',
        each.map(layer => (nemotronAttends(layer) ? kvHeads : 0)),
      ),
      'nemotron_h.feed_forward_length': array(
        'i32',
        each.map(layer => (layer % 3 === 2 ? ff : 0)),
      ),
      'nemotron_h.attention.layer_norm_epsilon': f32(1e-6),
    }
  },
  attends: nemotronAttends,
  memory: 'hybrid',
}

const mamba1 = { kernel: 4, state: 8, rank: 4 }

/** @type {Family} */
export const mamba = {
  defaults: { layers: 2 },
  layer: (shape, layer) => {
    const { embedding } = shape
    const { kernel, state, rank } = mamba1
    const inner = 2 * embedding
    const prefix = `blk.${layer}.ssm_`
    return [
      norm(shape, layer, 'attn_norm'),
      matrix(shape, `${prefix}in.weight`, [embedding, 2 * inner]),
      small(shape, `${prefix}conv1d.weight`, [kernel, inner], 0, 0.5),
      vector(shape, `${prefix}conv1d.bias`, inner, 0, 0.1),
      matrix(shape, `${prefix}x.weight`, [inner, rank + 2 * state]),
      matrix(shape, `${prefix}dt.weight`, [rank, inner]),
      vector(shape, `${prefix}dt.bias`, inner, 0, 0.1),
      small(shape, `${prefix}a`, [state, inner], -1, 0.3),
      vector(shape, `${prefix}d`, inner, 1, 0.1),
      writer(shape, `${prefix}out.weight`, [inner, embedding]),
    ]
  },
  metadata: ({ embedding }) => ({
    'mamba.attention.head_count': u32(0),
    'mamba.attention.head_count_kv': u32(0),
    'mamba.feed_forward_length': u32(0),
    'mamba.ssm.conv_kernel': u32(mamba1.kernel),
    'mamba.ssm.inner_size': u32(2 * embedding),
    'mamba.ssm.state_size': u32(mamba1.state),
    'mamba.ssm.time_step_rank': u32(mamba1.rank),
  }),
  attends: () => false,
  memory: 'state',
}
