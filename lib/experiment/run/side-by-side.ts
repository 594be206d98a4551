/** Units of work in flight side by side, whose results come in their order. */

/** Results that may wait for an earlier one, for each that is in flight. */
const ahead = 4

/**
 * At most `count` of them at once; a single one begins when its result is asked for. A failure is thrown in its place, behind the results before it; what is in flight then,
 * or when nobody asks any more, is left to whoever ends it.
 */
export async function* sideBySide<Unit, Result>(
  units: readonly Unit[],
  count: number,
  solve: (unit: Unit, place: number) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  if (count === 1) {
    for (const [place, unit] of units.entries()) yield await solve(unit, place)
    return
  }
  const results: Promise<Result>[] = []
  const running = new Set<Promise<unknown>>()
  let failed = false
  let awaited = 0
  const begin = () => {
    while (!failed && running.size < count && results.length < units.length) {
      const place = results.length
      const unit = units[place]
      if (unit === undefined || place >= awaited + ahead * count) return
      const result = solve(unit, place)
      results.push(result)
      const ended: Promise<unknown> = result.then(
        () => {
          running.delete(ended)
          begin()
        },
        () => {
          running.delete(ended)
          failed = true
        },
      )
      running.add(ended)
    }
  }
  for (; awaited < units.length; awaited++) {
    begin()
    const result = results[awaited]
    // after a failure nothing is begun, and the failure itself stands before what was not begun
    if (result === undefined) return
    yield await result
  }
}
