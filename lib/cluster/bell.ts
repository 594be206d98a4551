/** Something changed: whoever waits looks again. */

/** A ring that nobody waits for is heard by the next who waits. */
export class Bell {
  #rang = false
  #wake: (() => void) | null = null

  ring(): void {
    this.#rang = true
    this.#wake?.()
  }

  /** One waits at a time. */
  async rung(): Promise<void> {
    if (!this.#rang) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    this.#wake = null
    this.#rang = false
  }
}
