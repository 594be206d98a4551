/** Who works at a run, by what workers say of themselves. */

import type { Note, WorkerInfo } from '../types.js'
import { silentTicks } from './times.js'

/** As a worker writes it, every few seconds with another beat: clocks of several machines are not compared. */
export interface Announcement extends WorkerInfo {
  /** The run that it is at. */
  readonly run: string
  readonly beat: number
}

interface Known {
  readonly said: Announcement
  /** Looks since it said something new. */
  silent: number
}

/** Ticks without any worker after which that is said. */
const tellAfter = 5

export class Roster {
  readonly #run: string
  readonly #note: Note
  readonly #known = new Map<string, Known>()
  #alone = 0

  constructor(run: string, note: Note) {
    this.#run = run
    this.#note = note
  }

  /** Jobs that those who work do at once. */
  get parallel(): number {
    return this.#working().reduce((sum, { said }) => sum + said.parallel, 0)
  }

  /** @param entries by name, what each said last as JSON */
  look(entries: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(entries)) this.#hear(name, text)
    for (const [name, known] of this.#known) {
      if (!(name in entries)) this.#known.delete(name)
      else if (++known.silent === silentTicks) this.#note(`worker ${name} is silent`)
    }
    this.#alone = this.#working().length > 0 ? 0 : this.#alone + 1
    if (this.#alone === tellAfter) this.#note('no worker is there yet: start cot-prune worker')
  }

  #hear(name: string, text: string): void {
    const said = parse(text)
    const before = this.#known.get(name)
    if (said?.run !== this.#run || before?.said.beat === said.beat) return
    if (before === undefined || before.said.refused !== said.refused) this.#tell(said)
    this.#known.set(name, { said, silent: 0 })
  }

  #tell({ name, refused, device, model }: Announcement): void {
    if (refused !== null) this.#note(`worker ${name} is refused: ${refused}`)
    else this.#note(`worker ${name} works on ${device}, model ${model?.slice(0, 12)}`)
  }

  #working(): readonly Known[] {
    return [...this.#known.values()].filter(
      ({ said, silent }) => said.refused === null && silent < silentTicks,
    )
  }
}

/** What a worker wrote: the seam where it becomes data again. */
function parse(text: string): Announcement | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
