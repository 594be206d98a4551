/** Files that are whole or not there, lines that are whole or not there, and what the system says of those that cannot be written. */

import {
  type FileHandle,
  link,
  mkdir,
  open,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname } from 'node:path'
import { CotPruneError } from './errors.js'

/** `EFBIG`: as long as a file may become here. */
const fullCodes: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG']

/**
 * What the system says of a file or folder that is written, as an error of ours; other errors as they are.
 *
 * @param where continues "cannot be written": `at line 5`
 */
export function writeFault(error: unknown, path: string, where?: string): unknown {
  if (!(error instanceof Error) || CotPruneError.is(error)) return error
  if (!('code' in error) || !('syscall' in error)) return error
  const what = `${path} cannot be written${where === undefined ? '' : ` ${where}`}`
  if (fullCodes.includes(error.code)) {
    const message = `${what}: no space is left; make room, then start it again (with --resume, where there is one)`
    return new CotPruneError('ERR_DISK_FULL', message, { cause: error })
  }
  const message = `${what}: ${error.message}; choose another --out`
  return new CotPruneError('ERR_RESULTS', message, { cause: error })
}

/** Do what writes to `path`. @throws CotPruneError ERR_DISK_FULL, ERR_RESULTS */
export async function writing<T>(path: string, job: () => Promise<T>): Promise<T> {
  try {
    return await job()
  } catch (error) {
    throw writeFault(error, path)
  }
}

/** Make a folder, and those around it. @throws CotPruneError ERR_DISK_FULL, ERR_RESULTS */
export async function makeFolder(path: string): Promise<void> {
  await writing(path, () =>
    mkdir(path, { recursive: true }).catch(() => {
      // of a read-only disk Node says that something is missing; without `recursive` it says what is wrong
      return mkdir(path)
    }),
  )
}

/** What a file is made of: all of it, or piece by piece. */
export type FileData = string | Uint8Array | Iterable<string> | AsyncIterable<Uint8Array>

/**
 * Whole or not at all: a process that dies here, and a disk that is full, leave the file as it was. A link goes on to lead to it;
 * a device or a pipe, which nothing can be written beside of, is written as it comes.
 *
 * @param temporary where it is written; another one where several processes may write it at once
 * @throws CotPruneError ERR_DISK_FULL, ERR_RESULTS
 */
export async function replaceFile(path: string, data: FileData, temporary?: string): Promise<void> {
  await writing(path, async () => {
    const real = await realpath(path).catch(() => path)
    const found = await stat(real).catch(() => null)
    if (found !== null && !found.isFile()) await writeFile(real, data)
    else await putInPlace(real, data, temporary, from => rename(from, real))
  })
}

/**
 * A new file, whole or not at all.
 *
 * @throws CotPruneError ERR_RESULTS where something is there, which stays as it is, and where it cannot be written; ERR_DISK_FULL
 */
export async function createFile(path: string, data: FileData): Promise<void> {
  await demandNew(path)
  await writing(path, () =>
    putInPlace(path, data, undefined, async from => {
      // unlike a rename, a link takes nobody's place; some file systems have none
      await link(from, path).catch((error: unknown) => {
        if (isThere(error)) throw taken(path)
        return rename(from, path)
      })
      await rm(from, { force: true })
    }),
  )
}

async function putInPlace(
  path: string,
  data: FileData,
  temporary = `${path}.new`,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  try {
    await writeFile(temporary, data, { flush: true })
    await place(temporary)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

/** Before hours of work: what is there may be what somebody worked on. @throws CotPruneError ERR_RESULTS */
export async function demandNew(path: string): Promise<void> {
  if ((await stat(path).catch(() => null)) !== null) throw taken(path)
}

const isThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST'

const taken = (path: string): CotPruneError =>
  new CotPruneError(
    'ERR_RESULTS',
    `${path} is there already, and is not overwritten: choose another name, or remove it`,
  )

/** So that the name, too, outlives a power cut; where the system lets nobody wait for it, it does not. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

/** A file that grows by whole lines: one that could not be written leaves nothing. For one writer. */
export class LineFile {
  readonly path: string
  readonly #file: FileHandle
  /** false: a device, which has no length and no disk. */
  readonly #regular: boolean
  #bytes: number

  private constructor(path: string, file: FileHandle, regular: boolean, bytes: number) {
    this.path = path
    this.#file = file
    this.#regular = regular
    this.#bytes = bytes
  }

  /**
   * @param bytes what is behind them is cut off
   * @throws CotPruneError ERR_DISK_FULL; ERR_RESULTS, also where it has fewer
   */
  static async open(path: string, bytes: number): Promise<LineFile> {
    return writing(path, async () => {
      const file = await open(path, 'a')
      try {
        const found = await file.stat()
        const size = found.isFile() ? found.size : bytes
        if (size < bytes) throw shorter(path, size, bytes)
        if (size > bytes) await file.truncate(bytes)
        return new LineFile(path, file, found.isFile(), bytes)
      } catch (error) {
        await file.close()
        throw error
      }
    })
  }

  /** @throws CotPruneError ERR_RESULTS where something is there; ERR_DISK_FULL */
  static async create(path: string): Promise<LineFile> {
    return writing(path, async () => {
      const file = await open(path, 'ax').catch((error: unknown) => {
        throw isThere(error) ? taken(path) : error
      })
      return new LineFile(path, file, true, 0)
    })
  }

  /** @param where of the error @throws CotPruneError ERR_DISK_FULL, ERR_RESULTS */
  async append(lines: string | Uint8Array, where?: string): Promise<void> {
    const bytes = typeof lines === 'string' ? Buffer.from(lines) : lines
    try {
      await this.#file.appendFile(bytes)
    } catch (error) {
      if (this.#regular) await this.#file.truncate(this.#bytes).catch(() => {})
      throw writeFault(error, this.path, where)
    }
    this.#bytes += bytes.length
  }

  /** On the disk is what was appended, when the promise resolves. @throws as `append` */
  async sync(where?: string): Promise<void> {
    try {
      if (this.#regular) await this.#file.datasync()
    } catch (error) {
      throw writeFault(error, this.path, where)
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

const shorter = (path: string, size: number, bytes: number): CotPruneError =>
  new CotPruneError(
    'ERR_RESULTS',
    `${path} has ${size} bytes, fewer than the ${bytes} that were written: it was changed`,
  )
