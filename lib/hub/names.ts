/** What a model or a file is called: `hf:user/repository:Q4_K_M`, an address, a path. Pure. */

import { CotPruneError } from '../base/errors.js'
import { knownModels } from './known-models.js'

/** What a repository of the hub holds. */
export type RepositoryType = 'model' | 'dataset'

/** A repository of the hub, and what of it. */
export interface HubName {
  readonly type: RepositoryType
  /** `user/repository`; old data sets have no user. */
  readonly repository: string
  /** Path inside of it; null: chosen by `quant`, or by who asks. */
  readonly file: string | null
  /** `Q4_K_M`; null: not said. */
  readonly quant: string | null
  /** Branch, tag or commit. */
  readonly revision: string
}

export type ModelName =
  | { readonly from: 'embedded' }
  | { readonly from: 'hub'; readonly hub: HubName }
  | { readonly from: 'url'; readonly url: string; readonly sha256: string | null }
  | { readonly from: 'file'; readonly path: string }

const prefix = /^(?:hf:(?:\/\/)?|huggingface:(?:\/\/)?|(?:https?:\/\/)?hf\.co\/)/i

/** Short names first, then prefixes; what is none of them is a path. */
export function parseModelName(name: string, endpoint: string): ModelName {
  if (name === 'embedded') return { from: 'embedded' }
  const known = knownModels.find(model => model.name === name.toLowerCase())
  const hub = parseHubName(known?.hub ?? name, 'model', endpoint)
  if (hub !== null) return { from: 'hub', hub }
  if (/^https?:\/\//i.test(name)) return parseUrl(name)
  return { from: 'file', path: name }
}

/**
 * A name of the hub, or null where it is none.
 * @param endpoint whose addresses of files are names of the hub, too
 * @throws CotPruneError ERR_MODEL_NAME: it begins as one and is none
 */
export function parseHubName(name: string, type: RepositoryType, endpoint: string): HubName | null {
  const page = parsePage(name, type, endpoint)
  if (page !== null) return page
  if (!prefix.test(name)) return null
  const [body = '', revision = 'main'] = name.replace(prefix, '').split(/#(.*)/s)
  const [, path = '', quant = null] = /^([^:]*)(?::([\w.-]+))?$/.exec(body) ?? []
  const parts = path.split('/')
  const kind = parts[0] === `${type}s` ? parts.splice(0, 1) : []
  const repository = parts.slice(0, 2).join('/')
  const file = parts.length > 2 ? parts.slice(2).join('/') : null
  const good =
    isRepository(repository) &&
    (file === null || (isInside(file) && quant === null)) &&
    isRevision(revision) &&
    (kind.length > 0 || parts[0] !== 'datasets')
  if (!good) throw badName(name, type)
  return { type, repository, file, quant, revision }
}

/** An address of a file, or of a repository, at the endpoint itself. */
function parsePage(name: string, type: RepositoryType, endpoint: string): HubName | null {
  const base = [endpoint, 'https://huggingface.co'].find(start => name.startsWith(`${start}/`))
  if (base === undefined) return null
  const rest = name
    .slice(base.length + 1)
    .replace(/[?#].*$/s, '')
    .replace(/\/$/, '')
  const found =
    /^(datasets\/)?([^/]+\/[^/]+)(?:\/(?:resolve|blob|raw)\/([^/]+)\/(.+)|\/tree\/([^/]+))?$/.exec(
      rest,
    )
  const [, folder, repository = '', revision, file, tree] = found ?? []
  if (found === null || (folder === undefined) !== (type === 'model')) return null
  const path = file === undefined ? null : decoded(file)
  const at = decoded(revision ?? tree ?? 'main')
  const good = file === undefined || (path !== null && isInside(path))
  if (!good || at === null || !isRepository(repository) || !isRevision(at)) return null
  return { type, repository, file: path, quant: null, revision: at }
}

function parseUrl(name: string): ModelName {
  const [url = '', fragment = ''] = name.split(/#(.*)/s)
  const sha256 = /^sha256=([0-9a-f]{64})$/i.exec(fragment)?.[1]?.toLowerCase() ?? null
  if (!URL.canParse(url) || (fragment !== '' && sha256 === null)) {
    throw new CotPruneError(
      'ERR_MODEL_NAME',
      `${name} is no address of a model: expected https://HOST/FILE.gguf, with #sha256=HEX where the hash is known`,
    )
  }
  return { from: 'url', url, sha256 }
}

function badName(name: string, type: RepositoryType): CotPruneError {
  const expected =
    type === 'model'
      ? 'hf:USER/REPOSITORY:Q4_K_M or hf:USER/REPOSITORY/FILE.gguf, with #REVISION behind it'
      : 'hf:USER/REPOSITORY/FILE, with #REVISION behind it'
  return new CotPruneError('ERR_MODEL_NAME', `${name} is no name of the hub: expected ${expected}`)
}

/** A part of an address as text; null where it is none. */
export function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

/** As the hub allows them: what is none never becomes a folder. */
export const isRepository = (text: string): boolean =>
  /^[\w][\w.-]*(\/[\w][\w.-]*)?$/.test(text) && !/\.\.|--/.test(text) && text.length <= 256

/** A path that stays inside of its folder, on every system. */
export const isInside = (path: string): boolean =>
  path !== '' &&
  !/[\\:*?"<>|]/.test(path) &&
  ![...path].some(character => character < ' ') &&
  path.split('/').every(part => part !== '' && part !== '.' && part !== '..')

export const isRevision = (text: string): boolean => isInside(text) && !/^[.-]/.test(text)

export const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text)

/** A sha256, or the git hash of a small file. */
export const isOid = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
