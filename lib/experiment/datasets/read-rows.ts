/** A file's bytes → rows, by its name and by its first bytes. */

import * as zlib from 'node:zlib'
import { fault, messageOf, type Row } from './dataset-fault.js'
import { rowsOfCsv } from './read-csv.js'
import { rowsOfJson } from './read-json.js'
import { rowsOfParquet } from './read-parquet.js'

const startsWith = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte)

/** @param name of the file, with its extensions; messages call it so */
export async function rowsOfFile(bytes: Uint8Array, name: string): Promise<Row[]> {
  const plain = decompressed(bytes, name)
  const inner = name.replace(/\.(?:gz|zst|zstd)$/i, '')
  // "PAR1"
  if (startsWith(plain, 0x50, 0x41, 0x52, 0x31)) return rowsOfParquet(plain, name)
  if (/\.parquet$/i.test(inner)) throw fault(`${name} is no parquet file, or only a part of one`)
  const text = textOf(plain, name)
  return /\.(?:csv|tsv)$/i.test(inner) ? rowsOfCsv(text, name) : rowsOfJson(text, name)
}

function decompressed(bytes: Uint8Array, name: string): Uint8Array {
  try {
    if (startsWith(bytes, 0x1f, 0x8b)) return zlib.gunzipSync(bytes)
    if (startsWith(bytes, 0x28, 0xb5, 0x2f, 0xfd)) return unzstd(bytes, name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_DATASET') throw error
    throw fault(`${name} cannot be unpacked: ${messageOf(error)}`, error)
  }
  return bytes
}

/** Of Node 22.15 and later. */
function unzstd(bytes: Uint8Array, name: string): Uint8Array {
  const unpack: unknown = Reflect.get(zlib, 'zstdDecompressSync')
  if (typeof unpack !== 'function') {
    throw fault(
      `${name} is packed with zstd, which Node ${process.versions.node} does not have (22.15 does): unpack it with zstd -d`,
    )
  }
  const unpacked: unknown = unpack(bytes)
  if (unpacked instanceof Uint8Array) return unpacked
  throw fault(`${name} cannot be unpacked`)
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw fault(`${name} is not UTF-8 text`, error)
  }
}
