/** The last lines of a text that comes in pieces. */

const most = 50
const longest = 500

export class LastLines {
  #lines: string[] = []
  #open = ''

  push(text: string): void {
    const lines = `${this.#open}${text}`.split('\n')
    // without an end a line is kept by its beginning
    this.#open = (lines.pop() ?? '').slice(0, longest)
    const whole = lines.map(line => line.trimEnd().slice(0, longest)).filter(line => line !== '')
    this.#lines = [...this.#lines, ...whole.slice(-most)].slice(-most)
  }

  /** The oldest first. */
  get all(): readonly string[] {
    return this.#open.trim() === '' ? this.#lines : [...this.#lines, this.#open.trimEnd()]
  }
}
