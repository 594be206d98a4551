export interface Machine {
  readonly address: string
  /** What runs a command there. */
  readonly wrap: readonly string[]
  /** The network to it is gone, and nobody is told. */
  cut(): void
  join(): void
  /** Of its link so far, seen from here. */
  bytes(): { readonly sent: number; readonly received: number }
  packets(): number
  close(): void
}

/** @param index 0 to 60, of this process */
export function openMachine(index: number): Machine
/** null where there can be some. */
export function whyNoMachines(): string | null
