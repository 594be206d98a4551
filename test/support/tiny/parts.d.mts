import type { GgufTensor } from '../gguf.d.mts'
import type { ModelShape } from '../tiny-models.d.mts'

/** Columns first, as everywhere in ggml; behind the rows, the experts or heads. */
export type Size = readonly [columns: number, rows: number, ...rest: number[]]

/** A seeded generator of numbers in [0, 1). */
export function mulberry32(seed: number): () => number
/** A seed of its own for each named part. */
export function nameSeed(seed: number, name: string): number
/** Uniform random values of a standard deviation around a mean; 0 stays exactly the mean. */
export function noise(
  shape: ModelShape,
  name: string,
  deviation: number,
  mean?: number,
): (out: Float32Array) => void
/** @param deviation keeps the length of what it multiplies if it is left out */
export function matrix(shape: ModelShape, name: string, size: Size, deviation?: number): GgufTensor
/** A matrix whose row 0 is 0, of every expert: it leaves the constant channel alone. */
export function writer(shape: ModelShape, name: string, size: Size): GgufTensor
export function vector(
  shape: ModelShape,
  name: string,
  length: number,
  mean: number,
  deviation: number,
): GgufTensor
/** What stays F32 in quantised files, too. */
export function small(
  shape: ModelShape,
  name: string,
  size: readonly number[],
  mean: number,
  deviation: number,
): GgufTensor
/** What is added to a residual stream, of every expert: 0 in its constant channel. */
export function writerBias(
  shape: ModelShape,
  name: string,
  size: readonly [length: number, ...rest: number[]],
): GgufTensor
/** @param first column 0 of each token */
export function tokenMatrix(
  shape: ModelShape,
  name: string,
  deviation: number,
  first: (token: number) => number,
): GgufTensor
