/** A stream whose first part is there: what is wrong with a request is an answer with a status, and no stream. */
export async function primed<T>(
  stream: AsyncGenerator<T, void, undefined>,
): Promise<AsyncGenerator<T, void, undefined>> {
  const first = await stream.next()
  return rest(first, stream)
}

async function* rest<T>(
  first: IteratorResult<T, void>,
  stream: AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  try {
    if (first.done) return
    yield first.value
    yield* stream
  } finally {
    await stream.return()
  }
}
