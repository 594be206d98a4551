/** The package that this file is in: its folder and its version. */

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The one above dist/. */
export const packageFolder: string = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** The version in package.json. */
export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as {
    readonly version: string
  }
  return version
}
