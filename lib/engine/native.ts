/**
 * Finds and loads the compiled addon. The only importer of the seam's types that makes values of
 * them: everything else gets the contract of types/native.d.ts.
 */

import { createRequire } from 'node:module'
import { availableMemory } from 'node:process'
import type { Native } from '../../types/native.js'
import type { AddonInfo, BuildInfo } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { packageVersion } from '../base/package.js'
import {
  addonHost,
  addonPlaces,
  type LoadedAddon,
  loadAddon,
  NoAddon,
  platformName,
} from './addon.js'
import { withSpinCount } from './cores.js'

const require = createRequire(import.meta.url)

let loaded: LoadedAddon<Native> | undefined

/** @throws CotPruneError ERR_NATIVE_LOAD with what was tried and the command to run */
export function native(): Native {
  return theAddon().addon
}

function theAddon(): LoadedAddon<Native> {
  loaded ??= load()
  return loaded
}

function load(): LoadedAddon<Native> {
  const host = addonHost()
  try {
    return withSpinCount(() => loadAddon(addonPlaces(host), file => require(file) as Native))
  } catch (error) {
    if (!(error instanceof NoAddon)) throw error
    throw new CotPruneError(
      'ERR_NATIVE_LOAD',
      [
        `no addon of cot-prune could be loaded for ${platformName(host)}, Node ${process.version}:`,
        ...error.tried.map(line => `- ${line}`),
        'Build it with: npx cot-prune build',
        '(needs cmake and a C++17 compiler; docs/install.md says which packages there are).',
      ].join('\n'),
      { cause: error.cause },
    )
  }
}

/** What this build is made of; provenance for every report. @throws CotPruneError ERR_NATIVE_LOAD */
export function buildInfo(): BuildInfo {
  const facts = native().buildInfo()
  return { version: packageVersion(), ...facts, addon: addonInfo().source }
}

/** Which addon was loaded, and which were passed over. */
export function addonInfo(): AddonInfo {
  const { source, file, failed } = theAddon()
  return { source, file, failed }
}

/** The devices that this build can compute on; bytes of memory. @throws CotPruneError ERR_NATIVE_LOAD */
export function devices(): ReturnType<Native['devices']> {
  return native().devices()
}

/** Bytes that weights and contexts may take: more would end in the process being killed. */
export function memoryLimit(): number {
  return Math.floor(availableMemory() * 0.95)
}
