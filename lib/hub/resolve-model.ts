/** A model by its name: the path of its file, fetched where it is not there. */

import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { FetchOptions, ResolvedModel } from '../../types/public.js'
import { nonEmptyString } from '../base/check.js'
import { CotPruneError } from '../base/errors.js'
import { embeddedModel } from '../engine/embedded.js'
import { sizeOf } from './cache.js'
import { chooseFiles, partsOf, usualQuant } from './choose-files.js'
import { hubFiles } from './hub-files.js'
import { knownModels } from './known-models.js'
import { type HubName, parseModelName } from './names.js'
import { type ResolvedFetchOptions, resolveFetchOptions } from './options.js'
import { urlFiles } from './url-files.js'

/**
 * The file of a model, for `loadModel`. Names: `embedded`; a short name of `knownModels`; `hf:user/repository:Q4_K_M`,
 * `hf:user/repository/file.gguf`, both with `#revision`; an https address, with `#sha256=…` where it is known; a path.
 * Naming a model that is not on the disk is asking for it: it is fetched into the Hugging Face cache, from where an earlier
 * attempt ended, and gets its name when its hash is that of the hub.
 *
 * @throws CotPruneError ERR_MODEL_NAME, ERR_MODEL_NOT_FOUND, ERR_EMBEDDED_MODEL, ERR_HUB_OFFLINE, ERR_HUB_ACCESS,
 * ERR_HUB_NOT_FOUND, ERR_HUB_UNREACHABLE, ERR_HUB_DAMAGED, ERR_DISK_FULL; TypeError that names an option; what `onPlan` throws;
 * `signal.reason` when aborted
 */
export async function resolveModel(name: string, options?: FetchOptions): Promise<ResolvedModel> {
  return resolveModelWith(name, resolveFetchOptions(options))
}

/** The same in an environment of one's own. */
export async function resolveModelWith(
  name: string,
  resolved: ResolvedFetchOptions,
): Promise<ResolvedModel> {
  resolved.hub.signal?.throwIfAborted()
  nonEmptyString('name', name)
  // a file that is there is what is meant, whatever its name
  if (name !== 'embedded' && existsSync(name)) return ofFile(name)
  const parsed = parseModelName(name, resolved.hub.environment.endpoint)
  if (parsed.from === 'embedded') return ofFile((await embeddedModel()).model, 'embedded')
  if (parsed.from === 'hub') return ofHub(name, parsed.hub, resolved)
  if (parsed.from === 'file') throw notFound(name)
  const { files, fetched } = await urlFiles({ name, ...parsed }, resolved)
  return { ...filesOf(files), from: 'url', repository: null, revision: null, fetched }
}

function filesOf(files: ResolvedModel['files']): Pick<ResolvedModel, 'path' | 'files' | 'bytes'> {
  return {
    path: files[0]?.path ?? '',
    files,
    bytes: files.reduce((total, { bytes }) => total + bytes, 0),
  }
}

async function ofHub(
  name: string,
  hub: HubName,
  options: ResolvedFetchOptions,
): Promise<ResolvedModel> {
  // the cache may lack what the hub has: there, only what would be chosen first counts
  const first = { ...hub, quant: hub.quant ?? (hub.file === null ? usualQuant : null) }
  const wanted = {
    name,
    hub,
    choose: (files: readonly string[]) => chooseFiles(hub, files),
    chooseCached: (files: readonly string[]) => chooseFiles(first, files),
  }
  const { commit, files, fetched } = await hubFiles(wanted, options)
  return { ...filesOf(files), from: 'hub', repository: hub.repository, revision: commit, fetched }
}

async function ofFile(name: string, from: 'file' | 'embedded' = 'file'): Promise<ResolvedModel> {
  const paths = partsOf(resolve(name))
  const sizes = await Promise.all(paths.map(sizeOf))
  const missing = paths.filter(path => !existsSync(path))
  if (missing.length > 0) {
    throw new CotPruneError(
      'ERR_MODEL_NOT_FOUND',
      `${name} is a part of a split model, and ${missing.join(', ')} is missing`,
    )
  }
  const files = paths.map((path, i) => ({
    path,
    file: basename(path),
    bytes: sizes[i] ?? 0,
    sha256: null,
  }))
  return { ...filesOf(files), from, repository: null, revision: null, fetched: false }
}

function notFound(name: string): CotPruneError {
  const hint = /^[\w.-]+\/[\w.-]+(:[\w.-]+)?$/.test(name)
    ? `; on the hub it would be hf:${name}`
    : /[/\\]|\.gguf$/i.test(name)
      ? ''
      : `; short names are embedded, ${knownModels.map(model => model.name).join(', ')}`
  return new CotPruneError(
    'ERR_MODEL_NOT_FOUND',
    `there is no file ${resolve(name)}: check the path${hint}`,
  )
}
