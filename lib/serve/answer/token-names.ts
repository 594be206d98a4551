/** Tokens as texts: what a token is called where likelihoods are told. */

import type { Alternative, Model } from '../../index.js'

export interface TokenName {
  readonly text: string
  readonly bytes: readonly number[]
}

/** Of all tokens that are asked for, each once. */
export async function tokenNames(
  model: Pick<Model, 'pieces'>,
  tokens: readonly number[],
): Promise<ReadonlyMap<number, TokenName>> {
  const distinct = [...new Set(tokens)]
  const pieces = await model.pieces(distinct)
  return new Map(distinct.map((token, i) => [token, nameOf(pieces[i] ?? new Uint8Array())]))
}

/** A part of a character is told by its bytes, as OpenAI did: two different ones have two different names. */
function nameOf(bytes: Uint8Array): TokenName {
  const list = Array.from(bytes)
  try {
    return {
      text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
      bytes: list,
    }
  } catch {
    const hex = list.map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
    return { text: `bytes:${hex}`, bytes: list }
  }
}

export const allTokens = (
  tokens: readonly number[],
  alternatives: readonly (readonly Alternative[])[],
): readonly number[] => [...tokens, ...alternatives.flat().map(({ token }) => token)]
