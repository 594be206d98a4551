/**
 * One process does a job, the others wait, or are refused. A lock is a file that its holder touches; Node has no locks that end with
 * their process, and one that nobody touches any more is broken.
 */

import { randomUUID } from 'node:crypto'
import { link, open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

export interface LockPace {
  /** How often a holder says that it lives. */
  readonly beat: number
  /** How often one that waits looks. */
  readonly look: number
  /** Untouched for so long, by the watch of who waits, a lock is nobody's. */
  readonly stale: number
}

export const lockPace: LockPace = { beat: 2000, look: 250, stale: 15_000 }

export interface Waiting {
  readonly signal: AbortSignal | null
  /** At every look, while another one holds it. */
  readonly onWait?: () => void
  /** What is thrown, in place of waiting, as soon as the one that holds it has shown that it lives. */
  readonly refuse?: () => Error
  readonly pace?: LockPace
}

/** Do a job as the holder of the lock at `path`, whose folder is there. */
export async function withLock<T>(
  path: string,
  waiting: Waiting,
  job: () => Promise<T>,
): Promise<T> {
  const { pace = lockPace } = waiting
  const mark = `${process.pid} ${hostname()} ${randomUUID()}`
  await take(path, mark, { ...waiting, pace })
  const beat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {}) // taken away: see above
  }, pace.beat)
  beat.unref()
  try {
    return await job()
  } finally {
    clearInterval(beat)
    if ((await markOf(path)) === mark) await rm(path, { force: true })
  }
}

async function take(
  path: string,
  mark: string,
  { signal, onWait, refuse, pace }: Waiting & { readonly pace: LockPace },
): Promise<void> {
  let seen = ''
  let since = performance.now()
  while (!(await made(path, mark))) {
    signal?.throwIfAborted()
    onWait?.()
    const found = await signOf(path)
    if (found.sign !== seen) {
      if (seen !== '' && refuse !== undefined) throw refuse()
      seen = found.sign
      since = performance.now()
    }
    const free = found.dead || performance.now() - since > pace.stale
    if (free && (await breakLock(path, found.mark, pace.stale))) continue
    await sleep(pace.look, undefined, signal === null ? {} : { signal }).catch(() =>
      signal?.throwIfAborted(),
    )
  }
}

/** False where there is one already. */
async function made(path: string, mark: string): Promise<boolean> {
  // with its mark from the beginning: a name for a file that is whole
  const own = `${path}.${randomUUID()}`
  const file = await open(own, 'wx')
  try {
    await file.writeFile(mark)
  } finally {
    await file.close()
  }
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    return await madePlainly(path, mark)
  } finally {
    await rm(own, { force: true })
  }
}

/** Where the file system knows no hard links. */
async function madePlainly(path: string, mark: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(mark)
    await file.close()
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

const markOf = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null)

/** What changes while its holder lives, and whether it is known to be dead: a process of this machine that is gone. */
async function signOf(path: string) {
  const mark = await markOf(path)
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
  const [pid, host] = mark?.split(' ') ?? []
  const dead = host === hostname() && !isAlive(Number(pid))
  return { mark, dead, sign: `${mark} ${touched}` }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !hasCode(error, 'ESRCH')
  }
}

/**
 * By one of those who wait, who looks again first: what the others saw may be gone, and a new one in its place. True where it was
 * broken.
 */
async function breakLock(path: string, mark: string | null, stale: number): Promise<boolean> {
  const guard = `${path}.break`
  if (!(await madePlainly(guard, ''))) {
    // whoever made it died at it: nobody needs so long
    const made = await stat(guard).catch(() => null)
    if (made !== null && Date.now() - made.mtimeMs > stale) await rm(guard, { force: true })
    return false
  }
  try {
    if ((await markOf(path)) === mark) await rm(path, { force: true })
    return true
  } finally {
    await rm(guard, { force: true })
  }
}
