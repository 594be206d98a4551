/** Waiting for no longer than so many milliseconds. */

/** null where it took longer; it goes on all the same. */
export async function within<T>(promise: Promise<T>, millis: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>(resolve => {
    timer = setTimeout(() => resolve(null), millis)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
