/** Jobs that have to be ended, whatever becomes of them. */

/** Do a job, then what ends it in any case; where both fail, it is the job's fault that is told. */
export async function endedBy<T>(end: () => Promise<void>, job: () => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await job()
  } catch (error) {
    await end().catch(() => {})
    throw error
  }
  await end()
  return result
}
