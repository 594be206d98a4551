/** One at a time, in the order of their coming. */

export class Turns {
  #last: Promise<void> = Promise.resolve()

  /**
   * Resolves when it is one's turn; what it resolves with ends it.
   * @throws the signal's reason, where it fires before: the turn is then passed on
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted()
    const before = this.#last
    let end: () => void = () => {}
    this.#last = new Promise(resolve => {
      end = resolve
    })
    try {
      await unlessAborted(before, signal)
    } catch (error) {
      void before.then(end)
      throw error
    }
    return end
  }

  async run<T>(job: () => Promise<T>): Promise<T> {
    const end = await this.take()
    try {
      return await job()
    } finally {
      end()
    }
  }
}

async function unlessAborted(promise: Promise<void>, signal?: AbortSignal): Promise<void> {
  let abort: () => void = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
  })
  try {
    await Promise.race([promise, aborted])
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
