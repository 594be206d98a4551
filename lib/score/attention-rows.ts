/** The attention rows of a few tokens over everything before them: one decode, no matrix. */

import type { AttentionRows, HeadRef } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { headLists, home } from '../engine/branches.js'
import { toAttentionRows } from '../engine/rows.js'
import type { Looking } from './looking.js'

/** As `attentionOf`, with the number of tokens that had to be decoded for it. */
export interface Observed extends AttentionRows {
  readonly decodedTokens: number
}

/**
 * Rows of the last `window` of `tokens`, decoded on a fork that is dropped again.
 * @param heads null: one row, the mean over all heads of all captured layers
 */
export async function attentionOf(
  { branches }: Looking,
  tokens: Int32Array,
  heads: readonly HeadRef[] | null,
  signal: AbortSignal | null,
  window = 1,
): Promise<Observed> {
  const { scratch } = branches
  await branches.makeRoom(tokens, window)
  const { rows, decoded } = await branches.fill(scratch, tokens, {
    heads: headLists(heads ?? []),
    window,
    signal,
  })
  if (scratch !== home) await branches.drop(scratch)
  if (rows === null) throw new CotPruneError('ERR_CAPTURE_UNAVAILABLE', 'no row was captured')
  return { ...toAttentionRows(rows, heads), decodedTokens: decoded }
}
