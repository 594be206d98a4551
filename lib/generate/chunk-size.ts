/** How many tokens a native job samples before JavaScript sees them. */

/** Often enough for a reader, rare enough that a job's hop between threads costs nothing. */
const chunkMillis = 50

const most = 256

/** A chunk with rows holds tokens × rows × context numbers. */
const mostWithRows = 16

/** Sizes the next chunk by the speed of the last one; the first is one token. */
export function nextChunkSize(
  last: { readonly tokens: number; readonly millis: number } | undefined,
  withRows: boolean,
): number {
  if (last === undefined) return 1
  const size = Math.round((chunkMillis * last.tokens) / Math.max(last.millis, 1e-3))
  return Math.max(1, Math.min(size, withRows ? mostWithRows : most))
}
