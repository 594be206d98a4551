/** From the heads that a caller asks for to the rows that the addon hands back. Pure. */

import type { NativeRows } from '../../types/native.js'
import type { AttentionRows, HeadRef, ModelInfo } from '../../types/public.js'
import { CotPruneError, outOfRange } from '../base/errors.js'

/**
 * Every head of those of the given layers that attend to the whole context, layer by layer.
 * @throws CotPruneError ERR_CAPTURE_UNAVAILABLE where there is none
 */
export function headsOf(
  layers: readonly number[],
  { heads, attentionLayers }: Pick<ModelInfo, 'heads' | 'attentionLayers'>,
): HeadRef[] {
  const attending = layers.filter(layer => attentionLayers.includes(layer))
  if (attending.length === 0) {
    throw new CotPruneError(
      'ERR_CAPTURE_UNAVAILABLE',
      'none of the requested layers attends to the whole context',
    )
  }
  return attending.flatMap(layer => Array.from({ length: heads }, (_, head) => ({ layer, head })))
}

/** The same list; throws a RangeError that names the first head which the model does not have. */
export function checkHeads(
  heads: readonly HeadRef[],
  model: Pick<ModelInfo, 'layers' | 'heads'>,
): readonly HeadRef[] {
  if (model.heads === 0) {
    throw new CotPruneError('ERR_CAPTURE_UNAVAILABLE', 'no layer of this model attends')
  }
  for (const [i, { layer, head }] of heads.entries()) {
    if (layer >= model.layers || head >= model.heads) {
      const expected = `a head of this model (${model.layers} layers of ${model.heads} heads)`
      throw outOfRange(`options.heads[${i}]`, expected, `layer ${layer}, head ${head}`)
    }
  }
  return heads
}

/** Native rows as public data: sums over heads become means, rows that were not captured are cut. */
export function toAttentionRows(rows: NativeRows, heads: readonly HeadRef[] | null): AttentionRows {
  const capturedLayers = Array.from(rows.capturedLayers)
  const { queries, length } = rows
  if (heads === null) {
    const data = rows.data.map(value => value / rows.headsPerRow)
    return { data, queries, rows: 1, length, capturedLayers, heads }
  }
  const captured = new Set(capturedLayers)
  const kept = heads.flatMap(({ layer }, row) => (captured.has(layer) ? [row] : []))
  if (kept.length === 0) {
    throw new CotPruneError(
      'ERR_CAPTURE_UNAVAILABLE',
      'none of the requested layers can be captured: they do not attend',
    )
  }
  const data = new Float32Array(queries * kept.length * length)
  for (let query = 0; query < queries; query++) {
    for (const [to, from] of kept.entries()) {
      const start = (query * rows.rows + from) * length
      data.set(rows.data.subarray(start, start + length), (query * kept.length + to) * length)
    }
  }
  const keptHeads = heads.filter(({ layer }) => captured.has(layer))
  return { data, queries, rows: kept.length, length, capturedLayers, heads: keptHeads }
}

/** Mean over all queries of the given rows (all without them): shape (length), in float64. */
export function meanRow(
  { data, queries, rows, length }: AttentionRows,
  of: readonly number[] = Array.from({ length: rows }, (_, row) => row),
): Float64Array {
  const mean = new Float64Array(length)
  const count = queries * of.length
  for (let query = 0; query < queries; query++) {
    for (const row of of) {
      const start = (query * rows + row) * length
      for (let i = 0; i < length; i++) mean[i] = (mean[i] ?? 0) + (data[start + i] ?? 0) / count
    }
  }
  return mean
}
