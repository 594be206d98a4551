/** How fast bytes come, over the last seconds. */

/** Milliseconds that the mean is of. */
const span = 5000

export class Speed {
  #marks: { readonly at: number; readonly bytes: number }[] = []

  /** @param bytes all that have come, ascending; @param at milliseconds, ascending */
  add(bytes: number, at: number): void {
    this.#marks.push({ at, bytes })
    // the one before the span stays: the mean is of all of it
    while (this.#marks.length > 2 && (this.#marks[1]?.at ?? at) < at - span) this.#marks.shift()
  }

  /** null before a second has passed. */
  get bytesPerSecond(): number | null {
    const first = this.#marks[0]
    const last = this.#marks.at(-1)
    if (first === undefined || last === undefined || last.at - first.at < 1000) return null
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000
  }

  /** null where it is not known, or nothing comes. */
  secondsLeft(left: number | null): number | null {
    const speed = this.bytesPerSecond
    return left === null || speed === null || speed <= 0 ? null : left / speed
  }
}
