import type { GgufType } from './gguf.d.mts'

export const tensorTypes: Readonly<
  Record<GgufType, { readonly id: number; readonly block: number; readonly bytes: number }>
>
/** Bytes of a tensor without padding. */
export function tensorBytes(tensor: {
  readonly name: string
  readonly type: GgufType
  readonly shape: readonly number[]
}): number
/** The bits of the nearest IEEE half. */
export function halfBits(value: number): number
/** Shape (elements), whole blocks, to encoded bytes. */
export function encodeTensor(type: GgufType, values: Float32Array): Uint8Array
