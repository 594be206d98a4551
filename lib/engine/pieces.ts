/** Tokens on their way into a batch. Pure. */

import { CotPruneError } from '../base/errors.js'

/** Tokens for the end of a branch. */
export interface Piece {
  readonly branch: number
  readonly tokens: Int32Array
  /** What its rows are reduced to: [start, end, start, end, …] of positions; empty: it leaves no rows. */
  readonly spans: Int32Array
}

/** As the addon takes them: one behind the other. */
export const flatPieces = (pieces: readonly Piece[]) => ({
  branches: Int32Array.from(pieces, ({ branch }) => branch),
  counts: Int32Array.from(pieces, ({ tokens }) => tokens.length),
  tokens: concat(pieces.map(({ tokens }) => tokens)),
  spanCounts: Int32Array.from(pieces, ({ spans }) => spans.length / 2),
  spans: concat(pieces.map(({ spans }) => spans)),
})

function concat(arrays: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(arrays.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const array of arrays) {
    all.set(array, at)
    at += array.length
  }
  return all
}

/** @throws CotPruneError ERR_EMPTY_PROMPT, ERR_CONTEXT_FULL, ERR_TRACE_MODEL (unknown token) */
export function checkTokens(
  tokens: Int32Array,
  contextLength: number,
  vocabularySize: number,
): void {
  if (tokens.length === 0) {
    throw new CotPruneError('ERR_EMPTY_PROMPT', 'there is no token to decode')
  }
  if (tokens.length > contextLength) {
    throw new CotPruneError(
      'ERR_CONTEXT_FULL',
      `${tokens.length} tokens do not fit into a context of ${contextLength}; ` +
        'open the session with a larger contextLength',
    )
  }
  const wrong = tokens.find(token => !(token >= 0 && token < vocabularySize))
  if (wrong !== undefined) {
    throw new CotPruneError(
      'ERR_TRACE_MODEL',
      `token ${wrong} is not in this model's vocabulary of ${vocabularySize}`,
    )
  }
}
