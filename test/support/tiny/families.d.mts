import type { GgufTensor, GgufValue } from '../gguf.d.mts'
import type { ModelShape, TinyArchitecture } from '../tiny-models.d.mts'

/** What an architecture has of its own. */
export interface Family {
  readonly defaults?: { readonly layers: number }
  readonly layer: (shape: ModelShape, layer: number) => GgufTensor[]
  readonly metadata?: (shape: ModelShape) => Readonly<Record<string, GgufValue>>
  /** Does the layer attend to the whole context? @default all do */
  readonly attends?: (layer: number) => boolean
  /** What its memory is: cells, a recurrent state, or both. @default 'cells' */
  readonly memory?: 'cells' | 'hybrid' | 'state'
  /** A part of the attention goes to no token. @default false */
  readonly sinks?: boolean
  /** About what a layer adds to the mean square of the residual stream. @default 1 */
  readonly perLayer?: number
  /** Of the token embeddings. @default 1 */
  readonly embeddingScale?: (shape: ModelShape) => number
  /** @default 'output_norm.weight' */
  readonly outputNorm?: string
}

export const families: Readonly<Record<TinyArchitecture, Family>>
