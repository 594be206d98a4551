/** The oracle program and the addon side by side, and how their rows are compared. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { buildInfo, native } from '../../dist/engine/native.js'
import type { NativeQueries, NativeRows, SessionHandle } from '../../types/native.js'
import type { HeadRef } from '../../types/public.js'
import { openModelHandle, openSessionHandle } from './addon.mjs'
import { program, run } from './programs.js'
import { mulberry32 } from './random.mjs'
import { families } from './tiny/families.mjs'
import { type TinyModelOptions, tinyModel } from './tiny-models.mjs'

export const addon = native()
export const { path: oracle, skip } = program('attention_oracle')

/**
 * A prebuilt addon is another compiler's than the oracle, and adds products in another order: rows of layer 0
 * are 2e-12 apart (NMSE), values of layer 5 1e-8.
 */
export const sameCompiler = buildInfo().cpu === 'native'

/* ---- running both ------------------------------------------------------------------------- */

export interface Subject {
  readonly name: string
  readonly path: string
  readonly layers: number
  readonly heads: number
  /** Layers that see the whole context. */
  readonly global: readonly number[]
}

export function subject(options: TinyModelOptions & { readonly layers: number }): Subject {
  const { arch = 'qwen2', layers, heads = 4 } = options
  const all = Array.from({ length: layers }, (_, layer) => layer)
  const global = all.filter(layer => families[arch].attends?.(layer) ?? true)
  const name = `${arch} ${heads} heads`
  // F32 weights: with F16 ones upstream rounds activations, and any difference is blown up by that
  return { name, path: tinyModel({ type: 'F32', ...options, heads }), layers, heads, global }
}

export const subjects = [
  subject({ arch: 'llama', layers: 3 }),
  subject({ arch: 'qwen2', layers: 3 }),
  subject({ arch: 'gemma3', layers: 6 }),
]
export const twoGlobal = subject({ arch: 'gemma3', layers: 12 })
export const manyHeads = subject({
  arch: 'qwen2',
  layers: 3,
  heads: 16,
  kvHeads: 4,
  headDim: 32,
  embedding: 512,
})

export const seed = 20_241
export const tokensOf = (count: number, from = seed): Int32Array => {
  const random = mulberry32(from)
  return Int32Array.from({ length: count }, () => 32 + random.integer(95))
}

export interface OracleOptions {
  readonly queries?: 'last' | 'all'
  readonly key?: 'f16' | 'f32' | 'q8_0'
  readonly value?: 'f16' | 'f32'
}

/** Shape (queries, global layers, heads, tokens). */
export async function expectedRows(
  dir: string,
  { path, global }: Subject,
  tokens: Int32Array,
  { queries = 'last', key = 'f16', value = 'f16' }: OracleOptions = {},
): Promise<Float32Array> {
  const [input, output] = [join(dir, 'tokens.i32'), join(dir, 'rows.f32')]
  await writeFile(input, tokens)
  const options = ['--queries', queries, '--key', key, '--value', value, '--per-head']
  await run(oracle, [path, input, output, ...options, '--layers', global.join(',')])
  const { buffer, byteOffset, byteLength } = await readFile(output)
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))
}

/** Shape (global layers, tokens, width): what upstream writes into the value cells. */
export async function expectedValues(
  dir: string,
  { path, global }: Subject,
  tokens: Int32Array,
  value: 'f16' | 'f32' = 'f16',
): Promise<Float32Array> {
  const [input, output] = [join(dir, 'tokens.i32'), join(dir, 'values.f32')]
  await writeFile(input, tokens)
  const options = ['--values', '--value', value, '--layers', global.join(',')]
  await run(oracle, [path, input, output, ...options])
  const { buffer, byteOffset, byteLength } = await readFile(output)
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))
}

export interface SessionShape {
  readonly context?: number
  readonly batch?: number
  readonly flash?: boolean
  readonly key?: string
  readonly value?: string
}

export async function withSession<T>(
  path: string,
  shape: SessionShape,
  use: (session: SessionHandle) => Promise<T>,
): Promise<T> {
  const { context = 1024, batch = 512, flash = false, key = 'f16', value = 'f16' } = shape
  const model = await openModelHandle(addon, path)
  const session = await openSessionHandle(addon, model, {
    contextLength: context,
    batchSize: batch,
    branches: 4,
    threads: 2,
    flashAttention: flash,
    keyType: key,
    valueType: value,
  })
  try {
    return await use(session)
  } finally {
    await addon.sessionClose(session)
    await addon.modelClose(model)
  }
}

export interface ExtendOptions {
  readonly branch?: number
  readonly queries?: NativeQueries
  readonly heads?: readonly HeadRef[]
  readonly spans?: readonly number[]
}

export async function extend(
  session: SessionHandle,
  tokens: Int32Array,
  { branch = 0, queries = 0, heads = [], spans = [] }: ExtendOptions = {},
): Promise<NativeRows | null> {
  const [layers, indices] = [heads.map(({ layer }) => layer), heads.map(({ head }) => head)]
  return addon.sessionExtend(
    session,
    branch,
    tokens,
    false,
    queries,
    Int32Array.from(layers),
    Int32Array.from(indices),
    Int32Array.from(spans),
  )
}

export async function capture(
  session: SessionHandle,
  tokens: Int32Array,
  options: ExtendOptions,
): Promise<NativeRows> {
  const rows = await extend(session, tokens, { queries: 1, ...options })
  if (rows === null) throw new Error('no rows')
  return rows
}

/* ---- comparing ---------------------------------------------------------------------------- */

export type Row = Float32Array | Float64Array

/** Sums of squares; NaN where the rows are not of one length. */
export function errorOf(
  actual: Row,
  expected: Row,
): { readonly error: number; readonly power: number } {
  let error = actual.length === expected.length ? 0 : Number.NaN
  let power = 0
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] ?? Number.NaN
    error += ((actual[i] ?? Number.NaN) - value) ** 2
    power += value ** 2
  }
  return { error, power }
}

/** Normalised mean squared error. */
export function nmse(actual: Row, expected: Row): number {
  const { error, power } = errorOf(actual, expected)
  return error / power
}

export function within(t: Test, measured: number, tolerance: number, name: string): void {
  t.comment(`${name}: max NMSE ${measured.toExponential(2)}`)
  t.notOk(!(measured <= tolerance), `${name}: NMSE is at most ${tolerance}`)
}

/** Row (query, head) of the oracle. */
export function rowOf(
  expected: Float32Array,
  { global, heads }: Subject,
  length: number,
  query: number,
  { layer, head }: HeadRef,
): Float32Array {
  const start = ((query * global.length + global.indexOf(layer)) * heads + head) * length
  return expected.subarray(start, start + length)
}

/** @param stored layers that `expected` has, where it has others, too */
export function sumOf(
  expected: Float32Array,
  of: Subject,
  length: number,
  query: number,
  upTo: number,
  stored: readonly number[] = of.global,
): Float64Array {
  const sum = new Float64Array(upTo)
  for (const layer of of.global) {
    for (let head = 0; head < of.heads; head++) {
      const row = rowOf(expected, { ...of, global: stored }, length, query, { layer, head })
      for (let i = 0; i < upTo; i++) sum[i] = (sum[i] ?? 0) + (row[i] ?? 0)
    }
  }
  return sum
}

/**
 * With flash attention upstream's CPU kernel adds up values in F16 where a batch has fewer than 64
 * tokens, and logits move by an NMSE of 1e-6 to 1e-5 (1e-9 for larger batches). What a layer
 * behind it attends to moves with them, most of all in its sharpest rows: the sum of all heads
 * stays within 1e-5 of the oracle (which runs without), a single head within this. Layer 0 is in
 * front of it: its rows are the oracle's to the last bit where one compiler made both.
 */
export const oneHead = (flash: boolean): number => (flash ? 1e-3 : 1e-5)
export const unmoved = sameCompiler ? 1e-13 : 1e-10

export const refs = (...pairs: readonly (readonly [number, number])[]): HeadRef[] =>
  pairs.map(([layer, head]) => ({ layer, head }))
