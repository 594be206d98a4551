/** Parquet → rows, by an optional package that is loaded only for such a file. */

import { CotPruneError } from '../../index.js'
import { fault, messageOf, type Row, rowOf } from './dataset-fault.js'

/** @param name what messages call the file */
export async function rowsOfParquet(bytes: Uint8Array, name: string): Promise<Row[]> {
  const { parquetReadObjects, compressors } = await packages()
  const { buffer, byteOffset, byteLength } = bytes
  // the reader takes whole buffers
  const file = new Uint8Array(buffer, byteOffset, byteLength).slice().buffer
  try {
    const rows = await parquetReadObjects({ file, compressors })
    return rows.map((row, i) => rowOf(row, `${name}, row ${i + 1}`))
  } catch (error) {
    if (CotPruneError.is(error)) throw error
    throw fault(`${name} cannot be read as parquet: ${messageOf(error)}`, error)
  }
}

async function packages() {
  try {
    const [{ parquetReadObjects }, { compressors }] = await Promise.all([
      import('hyparquet'),
      import('hyparquet-compressors'),
    ])
    return { parquetReadObjects, compressors }
  } catch (error) {
    throw new CotPruneError(
      'ERR_OPTIONAL_PACKAGE',
      'parquet files need optional packages: npm install hyparquet hyparquet-compressors',
      { cause: error },
    )
  }
}
