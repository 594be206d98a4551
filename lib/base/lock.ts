/**
 * One process does a job, the others wait, or are refused. A lock is a file that its holder touches; Node has no locks that end with
 * their process, and one that nobody touches any more is broken.
 */

import { randomUUID } from 'node:crypto'
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Holder, holderOf, lifeOf, markOfThis } from './holder.js'

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
  /** What is thrown, in place of waiting, as soon as the one that holds it is known to live; null: it does not say who it is. */
  readonly refuse?: (holder: Holder | null) => Error
  readonly pace?: LockPace
}

/** A lock that is held. */
export interface Lock {
  /** To be called once, at the end in any case. */
  release(): Promise<void>
}

/** Do a job as the holder of the lock at `path`, whose folder is there. */
export async function withLock<T>(
  path: string,
  waiting: Waiting,
  job: () => Promise<T>,
): Promise<T> {
  const lock = await takeLock(path, waiting)
  try {
    return await job()
  } finally {
    await lock.release()
  }
}

/** Take the lock at `path`, whose folder is there. @throws what `refuse` returns; `signal.reason`; what the system says of the file */
export async function takeLock(path: string, waiting: Waiting): Promise<Lock> {
  const { pace = lockPace } = waiting
  const mark = await markOfThis(randomUUID())
  await take(path, mark, { ...waiting, pace })
  const beat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {}) // taken away: see above
  }, pace.beat)
  beat.unref()
  return {
    async release() {
      clearInterval(beat)
      if ((await markOf(path)) === mark) await rm(path, { force: true })
    },
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
    const { mark: other, holder, life, sign } = await signOf(path)
    if (life === 'alive' && refuse !== undefined) throw refuse(holder)
    if (sign !== seen) {
      if (seen !== '' && refuse !== undefined) throw refuse(holder)
      seen = sign
      since = performance.now()
    }
    const free = life === 'dead' || performance.now() - since > pace.stale
    if (free && (await breakLock(path, other, pace.stale))) continue
    await sleep(pace.look, undefined, signal === null ? {} : { signal }).catch(() =>
      signal?.throwIfAborted(),
    )
  }
}

/** False where there is one already. */
async function made(path: string, mark: string): Promise<boolean> {
  // with its mark from the beginning: a name for a file that is whole
  const own = `${path}.${randomUUID()}`
  try {
    await writeFile(own, mark, { flag: 'wx' })
    await link(own, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    if (!(error instanceof Error && 'syscall' in error && error.syscall === 'link')) throw error
    return await madePlainly(path, mark)
  } finally {
    await rm(own, { force: true })
  }
}

/** Where the file system knows no hard links. */
async function madePlainly(path: string, mark: string): Promise<boolean> {
  try {
    await writeFile(path, mark, { flag: 'wx' })
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

const markOf = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null)

/** Who holds it and whether it lives, and what changes while it does. */
async function signOf(path: string) {
  const mark = await markOf(path)
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
  const holder = holderOf(mark)
  const life = holder === null ? 'unknown' : await lifeOf(holder)
  return { mark, holder, life, sign: `${mark} ${touched}` }
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
