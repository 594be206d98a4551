/** Several streams as one, in the order in which they bring something. */

export interface Indexed<T> {
  readonly index: number
  readonly value: T
}

/** Ends with the last of them; its own end is the end of all. */
export async function* merged<T>(
  streams: readonly AsyncGenerator<T, void, undefined>[],
): AsyncGenerator<Indexed<T>, void, undefined> {
  const next = (index: number) =>
    streams[index]?.next().then(result => ({ index, result })) ?? Promise.reject(new Error())
  const pending = new Map(streams.map((_, index) => [index, next(index)]))
  try {
    while (pending.size > 0) {
      const { index, result } = await Promise.race(pending.values())
      if (result.done) {
        pending.delete(index)
        continue
      }
      pending.set(index, next(index))
      yield { index, value: result.value }
    }
  } finally {
    for (const left of pending.values()) left.catch(() => {})
    for (const stream of streams) void stream.return().catch(() => {})
  }
}
