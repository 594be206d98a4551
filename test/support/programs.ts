/**
 * Programs in C++ that tests ask (test/native): beside the addon, with which they were built, or else those of the local build.
 * COT_PRUNE_PROGRAMS is a folder with others of them, made for a sanitizer.
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { packageFolder } from '../../dist/base/package.js'
import { addonInfo } from '../../dist/index.js'

const given = process.env.COT_PRUNE_PROGRAMS
const folders =
  given === undefined ? [dirname(addonInfo().file), join(packageFolder, 'build/Release')] : [given]

/** A program, and why its tests are skipped where it is not built. */
export function program(name: string): { readonly path: string; readonly skip: string | false } {
  const paths = folders.map(folder => join(folder, name))
  const found = paths.find(path => existsSync(path))
  if (found !== undefined) return { path: found, skip: false }
  const how = 'npm run setup, or npm run prebuilt -- --dev'
  return { path: paths[0] ?? name, skip: `${name} is not built: ${how}` }
}

export const run = promisify(execFile)
