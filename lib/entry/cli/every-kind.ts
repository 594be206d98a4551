/** Some of all, in their order: as many of each kind as there are, taken in turns. */
export function ofEveryKind<T extends { readonly kind?: string | undefined }>(
  list: readonly T[],
  count: number,
): T[] {
  const seen = new Map<string | undefined, number>()
  const turns = list.map((entry, index) => {
    const turn = seen.get(entry.kind) ?? 0
    seen.set(entry.kind, turn + 1)
    return { entry, index, turn }
  })
  return turns
    .toSorted((a, b) => a.turn - b.turn || a.index - b.index)
    .slice(0, count)
    .toSorted((a, b) => a.index - b.index)
    .map(({ entry }) => entry)
}
