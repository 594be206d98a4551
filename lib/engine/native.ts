/**
 * Finds and loads the compiled addon. The only importer of the seam's types that makes values of
 * them: everything else gets the contract of types/native.d.ts.
 */

import { createRequire } from 'node:module'
import { availableMemory } from 'node:process'
import type { Native } from '../../types/native.js'
import type { BuildInfo } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { packageFolder, packageVersion } from '../base/package.js'
import { withSpinCount } from './cores.js'

const require = createRequire(import.meta.url)

let loaded: Native | undefined

/** @throws CotPruneError ERR_NATIVE_LOAD with what was tried and the command to run */
export function native(): Native {
  loaded ??= load()
  return loaded
}

function load(): Native {
  try {
    // COT_PRUNE_PREBUILD, build/Release, prebuilds/<platform>-<arch>: see node-gyp-build
    return withSpinCount(() => require('node-gyp-build')(packageFolder) as Native)
  } catch (cause) {
    throw new CotPruneError(
      'ERR_NATIVE_LOAD',
      [
        `the addon of cot-prune could not be loaded: ${cause instanceof Error ? cause.message : cause}`,
        `Looked for build/Release/*.node and prebuilds/${process.platform}-${process.arch}/*.node in ${packageFolder}.`,
        'npm may have been told not to run install scripts. Build it with: npx cot-prune build',
        '(needs cmake and a C++17 compiler).',
      ].join('\n'),
      { cause },
    )
  }
}

/** What this build is made of; provenance for every report. @throws CotPruneError ERR_NATIVE_LOAD */
export function buildInfo(): BuildInfo {
  return { version: packageVersion(), ...native().buildInfo() }
}

/** The devices that this build can compute on; bytes of memory. @throws CotPruneError ERR_NATIVE_LOAD */
export function devices(): ReturnType<Native['devices']> {
  return native().devices()
}

/** Bytes that weights and contexts may take: more would end in the process being killed. */
export function memoryLimit(): number {
  return Math.floor(availableMemory() * 0.95)
}
