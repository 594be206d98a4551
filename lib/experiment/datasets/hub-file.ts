/** Files of data sets that are on a hub: the one place where they come from. */

import type { FetchOptions } from '../../../types/public.js'
import { listHubFiles, resolveHubFile } from '../../index.js'
import { fault } from './dataset-fault.js'

/** A file of a data set's repository. */
export interface HubFile {
  readonly repo: string
  readonly file: string
  /** A branch, a tag or a commit. */
  readonly revision: string
}

/** A file that is on this machine now. */
export interface FetchedFile {
  readonly path: string
  /** The commit. */
  readonly revision: string
  readonly sha256: string
}

/** Gets a file of a hub. @throws as `resolveHubFile` */
export type FetchFile = (file: HubFile) => Promise<FetchedFile>

/** What gets files of data sets that are on a hub: into the Hugging Face cache, where they are not there yet. */
export const hubFetch =
  (options?: FetchOptions): FetchFile =>
  async ({ repo, file, revision }) => {
    const name = `hf:${repo}/${file}#${revision}`
    const found = await resolveHubFile(name, 'dataset', options)
    return { path: found.path, revision: found.revision, sha256: found.sha256 }
  }

export const fetchFile: FetchFile = hubFetch()

/** As the hub's own addresses have it, and as people shorten it. */
const bare = (name: string): string => name.replace(/^hf:datasets\//, 'hf:')

/** `hf:owner/name/path/file.jsonl`, with `#revision` behind it; null for what is no such name. */
export function parseHubName(name: string): HubFile | null {
  const [, owner, repo, file, revision = 'main'] =
    /^hf:([\w.-]+)\/([\w.-]+)\/([^#]+?)(?:#([\w./-]+))?$/.exec(bare(name)) ?? []
  return owner && repo && file ? { repo: `${owner}/${repo}`, file, revision } : null
}

/** What can be read as problems. */
const readable = /\.(?:jsonl|json|csv|tsv|parquet)(?:\.gz|\.zst)?$/i

/**
 * The one file of `hf:owner/name` that can be read; null for what is no such name.
 *
 * @throws CotPruneError ERR_DATASET that names the files where there is not exactly one; as `listHubFiles`
 */
export async function onlyFileOf(name: string): Promise<HubFile | null> {
  const [, owner, repo, revision = 'main'] =
    /^hf:([\w.-]+)\/([\w.-]+)(?:#([\w./-]+))?$/.exec(bare(name)) ?? []
  if (!owner || !repo) return null
  const { files } = await listHubFiles(`hf:${owner}/${repo}#${revision}`, 'dataset')
  const found = files.map(({ file }) => file).filter(file => readable.test(file))
  const [file] = found
  if (file !== undefined && found.length === 1) return { repo: `${owner}/${repo}`, file, revision }
  const which = found.length === 0 ? 'none that can be read' : found.slice(0, 12).join(', ')
  throw fault(`${name} has to name a file, as hf:${owner}/${repo}/FILE: there are ${which}`)
}
