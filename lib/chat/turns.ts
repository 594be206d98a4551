/** One at a time, in the order of their coming. */

export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when it is one's turn; what it resolves with ends it. */
  async take(): Promise<() => void> {
    const before = this.#last
    let end: () => void = () => {}
    this.#last = new Promise(resolve => {
      end = resolve
    })
    await before
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
