/** One sentence each. */
export function faultsOf(site: string): {
  readonly pages: number
  readonly faults: readonly string[]
}
