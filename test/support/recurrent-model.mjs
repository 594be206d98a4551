// @ts-check
/** A small random Mamba: its memory is one state, without single tokens. */
import { join } from 'node:path'
import { f32, string, u32, writeGguf } from './gguf.mjs'
import { templates, tinyVocabulary, vocabularyMetadata } from './tiny-vocabulary.mjs'
import { mulberry32, nameSeed } from './tiny-weights.mjs'

/** @typedef {import('./gguf.d.mts').GgufTensor} GgufTensor */

const embedding = 64
const layers = 2
const inner = 2 * embedding
const [kernel, states, rank] = [4, 8, 4]

/**
 * Uniform random values around a mean.
 * @param {string} name
 * @param {readonly number[]} shape columns first
 * @param {number} spread
 * @param {number} [mean]
 * @returns {GgufTensor}
 */
function tensor(name, shape, spread, mean = 0) {
  const random = mulberry32(nameSeed(1, name))
  /** @param {Float32Array} out */
  const fill = out => {
    for (let i = 0; i < out.length; i++) out[i] = mean + spread * (2 * random() - 1)
  }
  return { name, type: 'F32', shape, fill }
}

/**
 * @param {number} layer
 * @returns {GgufTensor[]}
 */
function layerTensors(layer) {
  const at = `blk.${layer}.`
  return [
    tensor(`${at}attn_norm.weight`, [embedding], 0.1, 1),
    tensor(`${at}ssm_in.weight`, [embedding, 2 * inner], 0.2),
    tensor(`${at}ssm_conv1d.weight`, [kernel, inner], 0.5),
    tensor(`${at}ssm_conv1d.bias`, [inner], 0.1),
    tensor(`${at}ssm_x.weight`, [inner, rank + 2 * states], 0.2),
    tensor(`${at}ssm_dt.weight`, [rank, inner], 0.5),
    tensor(`${at}ssm_dt.bias`, [inner], 0.1),
    // negative: the state fades
    tensor(`${at}ssm_a`, [states, inner], 0.5, -1),
    tensor(`${at}ssm_d`, [inner], 0.1, 1),
    tensor(`${at}ssm_out.weight`, [inner, embedding], 0.2),
  ]
}

/** Path of the model, written into the folder. @param {string} folder */
export function recurrentModel(folder) {
  const path = join(folder, 'mamba.gguf')
  const vocabulary = tinyVocabulary()
  const tokens = vocabulary.tokens.length
  writeGguf(path, {
    metadata: {
      'general.architecture': string('mamba'),
      'general.name': string('tiny-mamba'),
      'mamba.context_length': u32(1024),
      'mamba.embedding_length': u32(embedding),
      'mamba.feed_forward_length': u32(0),
      'mamba.attention.head_count': u32(0),
      'mamba.block_count': u32(layers),
      'mamba.ssm.conv_kernel': u32(kernel),
      'mamba.ssm.inner_size': u32(inner),
      'mamba.ssm.state_size': u32(states),
      'mamba.ssm.time_step_rank': u32(rank),
      'mamba.attention.layer_norm_rms_epsilon': f32(1e-5),
      'general.file_type': u32(0),
      ...vocabularyMetadata(vocabulary, templates.think),
    },
    tensors: [
      tensor('token_embd.weight', [embedding, tokens], 1),
      ...Array.from({ length: layers }, (_, layer) => layerTensors(layer)).flat(),
      tensor('output_norm.weight', [embedding], 0, 1),
      tensor('output.weight', [embedding, tokens], 0.2),
    ],
  })
  return path
}
