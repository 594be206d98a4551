/** What all downloads have in common: room on the disk, one process at a time, and how far it is. */

import { access, constants, mkdir, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DownloadProgress } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { withLock } from '../base/lock.js'
import { sizeText } from '../base/sizes.js'
import { sizeOf } from './cache.js'
import type { Hub } from './http.js'
import { Speed } from './speed.js'

/** Stays free on a disk: whoever fills it to the last byte stops everybody. */
const reserve = 64 * 2 ** 20

/**
 * Bytes that are free where a folder is, or will be.
 * @throws CotPruneError ERR_DISK_FULL: it cannot be written at all
 */
export async function freeBytes(folder: string): Promise<number> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (cause) {
    const message = `nothing can be written into ${folder}: name another folder in HF_HUB_CACHE`
    throw new CotPruneError('ERR_DISK_FULL', message, { cause })
  }
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** @throws CotPruneError ERR_DISK_FULL */
export function checkRoom(missing: number, free: number, folder: string): void {
  if (missing + reserve <= free) return
  throw new CotPruneError(
    'ERR_DISK_FULL',
    `${sizeText(missing)} are to come into ${folder}, and ${sizeText(free)} are free there: make room, or name another folder in HF_HUB_CACHE`,
  )
}

/** How often progress is told, in milliseconds. */
const every = 100

/** Tells how far several files are, together. */
export class Tracker {
  readonly #total: number | null
  readonly #tell: (progress: DownloadProgress) => void
  readonly #speed = new Speed()
  /** Bytes of the files before this one. */
  #before = 0
  #last = Number.NEGATIVE_INFINITY

  constructor(total: number | null, tell: (progress: DownloadProgress) => void) {
    this.#total = total
    this.#tell = tell
  }

  /** `done` bytes of this file; `waiting`: another process fetched them. */
  at(file: string, done: number, waiting = false): void {
    const now = performance.now()
    const bytes = this.#before + done
    if (!waiting) this.#speed.add(bytes, now)
    if (now - this.#last < every && bytes !== this.#total) return
    this.#last = now
    const left = this.#total === null ? null : this.#total - bytes
    this.#tell({
      file,
      done: bytes,
      total: this.#total,
      bytesPerSecond: waiting ? null : this.#speed.bytesPerSecond,
      secondsLeft: waiting ? null : this.#speed.secondsLeft(left),
      waiting,
    })
  }

  /** This file is there, and the next one is next. */
  next(bytes: number): void {
    this.#before += bytes
  }
}

export interface Turn {
  readonly file: string
  /** What grows while another process is at it. */
  readonly part: string
  readonly lock: string
}

/** Do a job when no other process is at the same file; it looks first whether there is anything left to do. */
export async function inTurn<T>(
  hub: Hub,
  { file, part, lock }: Turn,
  tracker: Tracker,
  job: () => Promise<T>,
): Promise<T> {
  let seen = 0
  const onWait = () => {
    tracker.at(file, seen, true)
    sizeOf(part).then(bytes => {
      seen = bytes ?? seen
    })
  }
  await mkdir(dirname(lock), { recursive: true })
  // bytes do not depend on it: two that write at once write the same ones to the same places
  return withLock(lock, { signal: hub.signal, onWait }, () => {
    hub.signal?.throwIfAborted()
    return job()
  })
}
