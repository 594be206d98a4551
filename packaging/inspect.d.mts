export interface Inspection {
  readonly bytes: number
  readonly needs: readonly string[]
  readonly versions: readonly string[]
  readonly newestGlibc: string
  readonly exports: readonly string[]
}
export function inspect(file: string, objdump?: string): Inspection
export function byVersion(a: string, b: string): number
export function faultsOf(
  found: Inspection,
  bars: { readonly mostBytes: number; readonly newestGlibc: string; readonly cuda?: boolean },
): string[]
