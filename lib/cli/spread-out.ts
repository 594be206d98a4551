/** Some of all: the first ones would be of one kind. */
export function spreadOut<T>(list: readonly T[], count: number): T[] {
  const step = list.length / Math.min(count, list.length)
  return Array.from(
    { length: Math.min(count, list.length) },
    (_, i) => list[Math.floor(i * step)],
  ).flatMap(entry => entry ?? [])
}
