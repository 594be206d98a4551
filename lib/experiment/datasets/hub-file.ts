/** Files of data sets that are on a hub: the one place where they come from. */

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

export type FetchFile = (file: HubFile) => Promise<FetchedFile>

/** @throws CotPruneError ERR_DATASET: this version downloads nothing */
export const fetchFile: FetchFile = async ({ repo, file, revision }) => {
  throw fault(
    `${file} of the data set ${repo} (${revision}) has to be downloaded, which this version does not do: download it and give its path`,
  )
}

/** `hf:owner/name/path/file.jsonl`, with `#revision` behind it; null for what is no such name. */
export function parseHubName(name: string): HubFile | null {
  const [, owner, repo, file, revision = 'main'] =
    /^hf:(?:datasets\/)?([\w.-]+)\/([\w.-]+)\/([^#]+?)(?:#([\w./-]+))?$/.exec(name) ?? []
  return owner && repo && file ? { repo: `${owner}/${repo}`, file, revision } : null
}
