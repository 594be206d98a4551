/** What counts as being looked at. Pure. */

/**
 * The fewest places that have the given share of all, the largest first; none where there is nothing. At tokens others
 * take 0.9: of steps that is nearly all of them, and then a counter counts how old a step is.
 */
export function nucleus(masses: readonly number[], share = 0.5): ReadonlySet<number> {
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  const hit = new Set<number>()
  let covered = 0
  const order = masses.map((_, i) => i).sort((a, b) => (masses[b] ?? 0) - (masses[a] ?? 0) || b - a)
  for (const i of order) {
    if (!(covered < share * total)) break
    covered += masses[i] ?? 0
    hit.add(i)
  }
  return hit
}
