/** Jobs that Ctrl-C ends in order, so that what is finished is kept and said. */

export interface Interruptible {
  /** Where finished results are. */
  readonly out: string | undefined
  /** Before anything is said of the interruption. */
  readonly stop?: () => void
}

/** The exit code; rejects with what went wrong otherwise. */
export async function interruptible(
  { out, stop }: Interruptible,
  job: (signal: AbortSignal) => Promise<void>,
): Promise<number> {
  const interruption = new AbortController()
  // Once: a second Ctrl-C ends the process at once.
  const interrupt = () => interruption.abort()
  process.once('SIGINT', interrupt)
  try {
    await job(interruption.signal)
    return 0
  } catch (error) {
    if (!interruption.signal.aborted) throw error
    stop?.()
    process.stderr.write(
      `cot-prune: interrupted${out === undefined ? '' : `; what is finished is in ${out}`}\n`,
    )
    return 130
  } finally {
    process.off('SIGINT', interrupt)
  }
}
