/** Data as a text that no HTML can misread: JSON, compressed, in base64. The page unpacks a block when it is looked at. */

import { gzipSync } from 'node:zlib'
import type { ProblemResult } from '../../experiment/index.js'
import { type PageRun, pageProblem, pageTrace } from './page-index.js'

export const packed = (data: unknown): string => gzipSync(JSON.stringify(data)).toString('base64')

/** What all blocks may take; what a browser opens at once, and a mail program still attaches. */
const mostCharacters = 23_000_000
/** Tried one after the other: what was written again is shortened before traces are left out. */
const outputs = [Number.POSITIVE_INFINITY, 4000, 500, 0]

export interface PackedPage {
  readonly index: string
  /** Shape (problems); null where a trace did not fit any more. */
  readonly traces: readonly (string | null)[]
  /** Characters to which outputs were shortened; null where all are whole. */
  readonly mostOutput: number | null
  readonly left: number
}

export function pack(
  results: readonly ProblemResult[],
  run: PageRun,
  room = mostCharacters,
): PackedPage {
  const { hideAnswer: _, ...common } = run
  const index = packed({ ...common, problems: results.map(result => pageProblem(result, run)) })
  for (const mostOutput of outputs) {
    const last = mostOutput === outputs.at(-1)
    const traces = fitting(results, run, { mostOutput, room, cut: last })
    if (traces === null) continue
    const left = traces.filter(trace => trace === null).length
    return { index, traces, left, mostOutput: mostOutput === outputs[0] ? null : mostOutput }
  }
  return { index, traces: results.map(() => null), left: results.length, mostOutput: 0 }
}

/** Null where they do not fit; with `cut`, those at the end are left out. */
function fitting(
  results: readonly ProblemResult[],
  run: PageRun,
  {
    mostOutput,
    room,
    cut,
  }: { readonly mostOutput: number; readonly room: number; readonly cut: boolean },
): (string | null)[] | null {
  let rest = room
  const traces: (string | null)[] = []
  for (const result of results) {
    const text = rest > 0 ? packed(pageTrace(result, run, mostOutput)) : ''
    rest -= text.length
    if (rest <= 0 && !cut) return null
    traces.push(rest > 0 ? text : null)
  }
  return traces
}
