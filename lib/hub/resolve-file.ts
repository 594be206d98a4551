/** Single files of repositories, of data sets above all, and what a repository has. */

import type { FetchOptions, HubRepository, ResolvedHubFile } from '../../types/public.js'
import { checkKnown, nonEmptyString, oneOf, signal } from '../base/check.js'
import { CotPruneError } from '../base/errors.js'
import { hashOf } from './hash.js'
import { hubFiles } from './hub-files.js'
import { type HubName, parseHubName, type RepositoryType } from './names.js'
import { resolveFetchOptions } from './options.js'
import { readRepository } from './repository.js'

const types: readonly RepositoryType[] = ['model', 'dataset']

/**
 * A file of a repository: `hf:user/repository/path/file.jsonl`, with `#revision` behind it. It comes into the Hugging Face cache, and
 * is taken from there without asking the hub where it is there. Its sha256 and the commit are for a record of what was used.
 *
 * @throws as `resolveModel`
 */
export async function resolveHubFile(
  name: string,
  type: RepositoryType,
  options?: FetchOptions,
): Promise<ResolvedHubFile> {
  const resolved = resolveFetchOptions(options)
  const hub = hubName(name, type, resolved.hub.environment.endpoint)
  const { file } = hub
  if (file === null) {
    throw new CotPruneError(
      'ERR_MODEL_NAME',
      `${name} names no file: listHubFiles says which there are`,
    )
  }
  const choose = (files: readonly string[]) => {
    if (files.includes(file)) return [file]
    const near = files.slice(0, 12).join(', ')
    throw new CotPruneError(
      'ERR_HUB_NOT_FOUND',
      `${hub.repository} (${hub.revision}) has no ${file}; there are ${near}`,
    )
  }
  const { commit, files, fetched } = await hubFiles(
    { name, hub, choose, chooseCached: choose },
    resolved,
  )
  const [found] = files
  if (found === undefined) throw new CotPruneError('ERR_HUB_NOT_FOUND', `${name} is not there`)
  const sha256 = found.sha256 ?? (await hashOf(found.path, 64, resolved.hub.signal))
  return { ...found, sha256, repository: hub.repository, revision: commit, fetched }
}

/**
 * What a repository has: `hf:user/repository`, with `#revision` behind it. Asks the hub.
 * @throws CotPruneError ERR_MODEL_NAME, ERR_HUB_OFFLINE, ERR_HUB_ACCESS, ERR_HUB_NOT_FOUND, ERR_HUB_UNREACHABLE; `signal.reason`
 */
export async function listHubFiles(
  name: string,
  type: RepositoryType,
  options?: Pick<FetchOptions, 'signal'>,
): Promise<HubRepository> {
  checkKnown('options', options, ['signal'])
  const abort = signal('options.signal', options?.signal)
  abort?.throwIfAborted()
  const { hub } = resolveFetchOptions(options)
  const parsed = hubName(name, type, hub.environment.endpoint)
  if (hub.environment.offline) {
    throw new CotPruneError(
      'ERR_HUB_OFFLINE',
      `HF_HUB_OFFLINE forbids to ask what ${name} has: unset it, or name a file`,
    )
  }
  const { commit, licence, files } = await readRepository(hub, parsed)
  return {
    repository: parsed.repository,
    type,
    revision: commit,
    licence,
    files: files.map(({ file, bytes, oid }) => ({
      file,
      bytes,
      sha256: oid.length === 64 ? oid : null,
    })),
  }
}

function hubName(name: string, type: RepositoryType, endpoint: string): HubName {
  oneOf('type', type, types)
  const found = parseHubName(nonEmptyString('name', name), type, endpoint)
  if (found !== null) return found
  throw new CotPruneError(
    'ERR_MODEL_NAME',
    `${name} is no name of the hub: expected hf:USER/REPOSITORY/FILE, with #REVISION behind it`,
  )
}
