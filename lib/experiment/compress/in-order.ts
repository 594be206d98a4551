/** Several jobs at once, results in the order of what they are of, and no more in memory than is needed for that. */

/**
 * Yields what `job` makes of each item, in order, while up to `most` are under way. Nothing runs when it ends, however it does.
 */
export async function* inOrder<Item, Result>(
  source: AsyncIterable<Item> | Iterable<Item>,
  most: number,
  job: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = []
  try {
    for await (const item of source) {
      const result = job(item)
      // what fails is seen when it is its turn
      result.catch(() => {})
      running.push(result)
      const first = running.length >= most ? running.shift() : undefined
      if (first !== undefined) yield await first
    }
    for (let first = running.shift(); first !== undefined; first = running.shift()) {
      yield await first
    }
  } finally {
    await Promise.allSettled(running)
  }
}

/** So many neighbours each, by their index, which begins at `first`: where a source is cut does not move the other groups. */
export async function* grouped<Item>(
  source: AsyncIterable<Item> | Iterable<Item>,
  size: number,
  first: number,
): AsyncGenerator<readonly Item[], void, undefined> {
  let group: Item[] = []
  let index = first
  for await (const item of source) {
    group.push(item)
    if (++index % size !== 0) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

/** What is there once, or a few times, and is used by one job at a time; who came first is first. */
export class Pool<Thing> {
  readonly #free: Thing[]
  readonly #waiting: ((thing: Thing) => void)[] = []

  constructor(things: readonly Thing[]) {
    this.#free = [...things]
  }

  async use<Result>(job: (thing: Thing) => Promise<Result>): Promise<Result> {
    const thing = this.#free.shift() ?? (await new Promise<Thing>(take => this.#waiting.push(take)))
    try {
      return await job(thing)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(thing)
      else next(thing)
    }
  }
}
