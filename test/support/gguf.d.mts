/** Writer of GGUF v3 files, and a reader of what it can write. */

export type GgufType = 'F32' | 'F16' | 'Q4_0' | 'Q8_0'

export type GgufArray = {
  readonly type: 'array'
} & (
  | { readonly of: 'string'; readonly value: readonly string[] }
  | { readonly of: 'i32' | 'f32'; readonly value: readonly number[] }
)

export type GgufValue =
  | { readonly type: 'u16' | 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly type: 'u64'; readonly value: number | bigint }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | GgufArray

/** `fill` and `fillRaw` are called for consecutive pieces, in order, with the start of each. */
export type GgufTensor = {
  readonly name: string
  readonly type: GgufType
  /** ggml's order: columns first, shape (columns, rows). */
  readonly shape: readonly number[]
} & (
  | {
      /** Write elements [start, start + out.length). */
      readonly fill: (out: Float32Array, start: number) => void
      readonly fillRaw?: undefined
    }
  | {
      /** Write encoded bytes [start, start + out.length), whole blocks. */
      readonly fillRaw: (out: Uint8Array, start: number) => void
      readonly fill?: undefined
    }
)

export interface GgufFile {
  readonly metadata: Readonly<Record<string, GgufValue>>
  readonly tensors: readonly GgufTensor[]
}

export function writeGguf(path: string, file: GgufFile): void

/** A file of alignment 32 whose values and tensors are of the types above; its tensors are read when they are written. */
export function readGguf(path: string): GgufFile

export function u32(value: number): GgufValue
export function f32(value: number): GgufValue
export function bool(value: boolean): GgufValue
export function string(value: string): GgufValue
export function array(of: 'string', value: readonly string[]): GgufArray
export function array(of: 'i32' | 'f32', value: readonly number[]): GgufArray
