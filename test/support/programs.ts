/** Programs in C++ that tests ask (test/native); COT_PRUNE_PROGRAMS is a folder with others of them, made for a sanitizer. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageFolder } from '../../dist/base/package.js'

const folder = process.env.COT_PRUNE_PROGRAMS ?? join(packageFolder, 'build/Release')

/** A program, and why its tests are skipped where it is not built. */
export function program(name: string): { readonly path: string; readonly skip: string | false } {
  const path = join(folder, name)
  return { path, skip: existsSync(path) ? false : `${name} is not built: npm run setup` }
}

export const run = promisify(execFile)
