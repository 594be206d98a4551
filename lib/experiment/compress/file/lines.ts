/** Lines of a file of any size: one is in memory at a time. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { CotPruneError } from '../../../index.js'
import type { Shard } from '../../run/types.js'

/** A line longer than this is no row. */
const mostBytes = 2 ** 28
const lineBreak = 0x0a

export interface Line {
  /** Without its line break. */
  readonly bytes: Buffer
  /** From 1. */
  readonly number: number
  /** Where the next one begins, in bytes of the file. */
  readonly end: number
}

/** A part of a file that begins with a line and ends behind one. */
export interface LineRange {
  /** In bytes. */
  readonly start: number
  readonly end: number
  /** Number of the first line. */
  readonly first: number
  readonly lines: number
}

export interface InputFile {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly lines: number
}

async function* chunksOf(path: string, start: number, end?: number): AsyncGenerator<Buffer> {
  // an empty range cannot be said
  if (end !== undefined && end <= start) return
  const stream = createReadStream(path, { start, ...(end !== undefined && { end: end - 1 }) })
  try {
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new CotPruneError('ERR_DATASET', `cannot read ${path}: ${message}`, { cause })
  } finally {
    stream.destroy()
  }
}

/** @throws CotPruneError ERR_DATASET: it cannot be read, or a line is longer than 256 MiB, which is named */
export async function* readLines(
  path: string,
  { start, end, first }: Omit<LineRange, 'lines'>,
): AsyncGenerator<Line, void, undefined> {
  let [number, at] = [first, start]
  let held: Buffer[] = []
  let size = 0
  for await (const chunk of chunksOf(path, start, end)) {
    let from = 0
    for (let to = chunk.indexOf(lineBreak); to !== -1; to = chunk.indexOf(lineBreak, from)) {
      const bytes = Buffer.concat([...held, chunk.subarray(from, to)])
      at += bytes.length + 1
      yield { bytes, number: number++, end: at }
      held = []
      size = 0
      from = to + 1
    }
    if (from < chunk.length) held.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > mostBytes) {
      const what = `${path}:${number}: the line has more than ${mostBytes / 2 ** 20} MiB`
      throw new CotPruneError('ERR_DATASET', `${what}: JSON Lines have one row on each`)
    }
  }
  if (size > 0) yield { bytes: Buffer.concat(held), number, end: at + size }
}

/** Reads it once. @throws CotPruneError ERR_DATASET; `signal.reason` */
export async function readInput(path: string, signal?: AbortSignal): Promise<InputFile> {
  const hash = createHash('sha256')
  let [bytes, lines, last] = [0, 0, lineBreak]
  for await (const chunk of chunksOf(path, 0)) {
    signal?.throwIfAborted()
    hash.update(chunk)
    lines += breaksIn(chunk)
    bytes += chunk.length
    last = chunk.at(-1) ?? last
  }
  // the last line may lack its line break
  if (last !== lineBreak) lines++
  return { path, sha256: hash.digest('hex'), bytes, lines }
}

function breaksIn(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(lineBreak); at !== -1; at = chunk.indexOf(lineBreak, at + 1)) count++
  return count
}

/**
 * The lines of a part: neighbours, so that parts behind one another are the file again. Lines that are read together are of one
 * part.
 */
export async function rangeOf(
  { path, lines: all, bytes }: InputFile,
  {
    limit,
    shard,
    group = 1,
  }: {
    readonly limit?: number | undefined
    readonly shard?: Shard | undefined
    /** Lines that are read together. */
    readonly group?: number | undefined
  },
): Promise<LineRange> {
  const most = Math.min(all, limit ?? all)
  const { index, count } = shard ?? { index: 1, count: 1 }
  const edge = (part: number) =>
    part === count ? most : Math.floor((most * part) / count / group) * group
  const [from, to] = [edge(index - 1), edge(index)]
  const start = await offsetOf(path, from)
  const end = to === all ? bytes : await offsetOf(path, to)
  return { start, end, first: from + 1, lines: to - from }
}

/** Bytes of the first so many lines. */
async function offsetOf(path: string, lines: number): Promise<number> {
  if (lines === 0) return 0
  let [left, at] = [lines, 0]
  for await (const chunk of chunksOf(path, 0)) {
    for (let to = chunk.indexOf(lineBreak); to !== -1; to = chunk.indexOf(lineBreak, to + 1)) {
      if (--left === 0) return at + to + 1
    }
    at += chunk.length
  }
  return at
}
