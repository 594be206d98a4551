/** Bytes of one file: on from what an earlier attempt left, compared with their hash before they get their name. */

import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { CotPruneError } from '../base/errors.js'
import { type Hub, Passing, reasonOf, request, withPatience } from './http.js'

export interface Source {
  readonly url: string
  /** null where the server does not say. */
  readonly bytes: number | null
  /** A sha256, or the git hash of a small file; null where it is unknown. */
  readonly oid: string | null
  /** A strong ETag: bytes of another version do not follow those that are there. */
  readonly version?: string | null
}

export interface Target {
  /** What has come until it is whole. */
  readonly part: string
  readonly path: string
}

/** Bytes of this file that are there. */
export type OnBytes = (done: number) => void

/**
 * Fetch a file; resolves with its sha256. An abort, or a fault of the network, leaves the part for the next call.
 * @throws CotPruneError ERR_HUB_DAMAGED, ERR_HUB_UNREACHABLE, ERR_HUB_ACCESS, ERR_HUB_NOT_FOUND, ERR_DISK_FULL; `signal.reason`
 */
export async function download(
  hub: Hub,
  source: Source,
  target: Target,
  onBytes: OnBytes,
): Promise<string> {
  const first = await attempt(hub, source, target, onBytes)
  if (first.fault === null) return first.sha256
  // once more, from the beginning: what was left of an earlier attempt may have been at fault
  await rm(target.part, { force: true })
  const second = await attempt(hub, source, target, onBytes)
  if (second.fault === null) return second.sha256
  await rm(target.part, { force: true })
  throw new CotPruneError(
    'ERR_HUB_DAMAGED',
    `${source.url}: ${second.fault}, twice; what came was thrown away: try again, or another source`,
  )
}

async function attempt(hub: Hub, source: Source, { part, path }: Target, onBytes: OnBytes) {
  const file = await open(part, 'a+').then(async created => {
    await created.close()
    return open(part, 'r+')
  })
  try {
    const taken = new Taken(file, source)
    await taken.readRest()
    onBytes(taken.done)
    let before = taken.done
    const advanced = () => taken.done > before
    await withPatience(
      hub,
      () => {
        before = taken.done
        return takeOn(hub, source, taken, onBytes)
      },
      advanced,
    )
    const found = taken.digest()
    if (found.fault === null) await file.sync()
    if (found.fault === null) await rename(part, path)
    return found
  } catch (error) {
    throw diskFault(error, part)
  } finally {
    await file.close()
  }
}

function diskFault(error: unknown, part: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new CotPruneError(
    'ERR_DISK_FULL',
    `no room is left for ${part}: make some, and ask again; it goes on from there`,
    {
      cause: error,
    },
  )
}

/** What is in the part, and its hashes. */
class Taken {
  readonly #file: FileHandle
  readonly #source: Source
  #sha256 = createHash('sha256')
  #git: Hash | null = null
  done = 0

  constructor(file: FileHandle, source: Source) {
    this.#file = file
    this.#source = source
    this.#begin()
  }

  #begin(): void {
    const { oid, bytes } = this.#source
    this.done = 0
    this.#sha256 = createHash('sha256')
    this.#git = oid?.length === 40 ? createHash('sha1').update(`blob ${bytes ?? 0}\0`) : null
  }

  /** What an earlier attempt left, unless it is more than there should be. */
  async readRest(): Promise<void> {
    const { size } = await this.#file.stat()
    if (this.#source.bytes !== null && size > this.#source.bytes) return this.restart()
    const buffer = new Uint8Array(1 << 20)
    while (this.done < size) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.done)
      if (bytesRead === 0) return
      this.#hash(buffer.subarray(0, bytesRead))
    }
  }

  async restart(): Promise<void> {
    await this.#file.truncate(0)
    this.#begin()
  }

  async write(chunk: Uint8Array): Promise<void> {
    let written = 0
    while (written < chunk.length) {
      const { bytesWritten } = await this.#file.write(
        chunk,
        written,
        chunk.length - written,
        this.done + written,
      )
      written += bytesWritten
    }
    this.#hash(chunk)
  }

  #hash(bytes: Uint8Array): void {
    this.#sha256.update(bytes)
    this.#git?.update(bytes)
    this.done += bytes.length
  }

  digest(): { readonly sha256: string; readonly fault: string | null } {
    const { oid } = this.#source
    const sha256 = this.#sha256.digest('hex')
    const found = this.#git?.digest('hex') ?? sha256
    const fault = oid === null || oid === found ? null : `its hash is ${found}, not ${oid}`
    return { sha256, fault }
  }
}

/** One connection; throws Passing where it ends before the file does. */
async function takeOn(hub: Hub, source: Source, taken: Taken, onBytes: OnBytes): Promise<void> {
  if (source.bytes !== null && taken.done === source.bytes) return
  const silence = new Silence(hub.patience.silence)
  try {
    const response = await request(hub, source.url, {
      headers: rangeOf(source, taken.done),
      silence: silence.signal,
    })
    const { whole, ended } = await placeOf(response, source, taken)
    if (ended) return
    for await (const chunk of response.body ?? []) {
      silence.heard()
      if (source.bytes !== null && taken.done + chunk.length > source.bytes) {
        await taken.restart()
        throw new Passing(`${source.url} sent more than ${source.bytes} bytes`)
      }
      await taken.write(chunk)
      onBytes(taken.done)
    }
    const expected = source.bytes ?? whole
    if (expected !== null && taken.done < expected) {
      throw new Passing(`${source.url} ended at ${taken.done} of ${expected} bytes`)
    }
  } catch (error) {
    hub.signal?.throwIfAborted()
    throw connectionFault(error, source.url, silence)
  } finally {
    silence.end()
  }
}

/** Faults of the disk and of ours stay; what the network did is worth another try. */
function connectionFault(error: unknown, url: string, silence: Silence): unknown {
  if (error instanceof Passing || error instanceof CotPruneError) return error
  if (silence.signal.aborted) return new Passing(`${url} fell silent`, { cause: error })
  const system = error instanceof Error && 'syscall' in error
  return system ? error : new Passing(`${url} broke off: ${reasonOf(error)}`, { cause: error })
}

function rangeOf({ version }: Source, done: number): Readonly<Record<string, string>> {
  if (done === 0) return {}
  return { range: `bytes=${done}-`, ...(version && { 'if-range': version }) }
}

/** Whether the answer goes on where the part ends; the part begins anew where it does not. */
async function placeOf(response: Response, { bytes, url }: Source, taken: Taken) {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '')
  if (response.status === 416) {
    await response.body?.cancel()
    const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
    // without a known size, a part that is all of it can be told by this alone
    if (bytes === null && total !== undefined && Number(total) === taken.done)
      return { whole: taken.done, ended: true }
    await taken.restart()
    throw new Passing(`${url} has no bytes behind those that are here`)
  }
  if (response.status === 206) {
    if (Number(range?.[1]) !== taken.done) {
      await response.body?.cancel()
      await taken.restart()
      throw new Passing(`${url} answers with another part than was asked for`)
    }
    return checkedSize(url, bytes, range?.[2] === '*' ? null : Number(range?.[2]))
  }
  // the server ignores ranges, or has another version: all of it comes
  if (taken.done > 0) await taken.restart()
  const length = response.headers.get('content-length')
  return checkedSize(url, bytes, length === null ? null : Number(length))
}

function checkedSize(url: string, expected: number | null, whole: number | null) {
  if (expected === null || whole === null || whole === expected) return { whole, ended: false }
  throw new CotPruneError(
    'ERR_HUB_DAMAGED',
    `${url} has ${whole} bytes, and the hub says ${expected}: try again later`,
  )
}

/** Aborts a connection on which nothing comes. */
class Silence {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(after: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), after)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  heard(): void {
    this.#timer.refresh()
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
