/** Models and files by name: what is asked, what is fetched, what it needs. */

import type { CacheType } from './model.js'

/** Where a download is. */
export interface DownloadProgress {
  /** The file that is fetched now, as the hub calls it, or the last part of a URL. */
  readonly file: string
  /** Bytes of all files that are there, those of an earlier attempt among them. */
  readonly done: number
  /** Bytes of all files; null where a server does not say. */
  readonly total: number | null
  /** Of the last seconds; null until it is known, and while another process does the work. */
  readonly bytesPerSecond: number | null
  /** null until it is known. */
  readonly secondsLeft: number | null
  /** Another process fetches this very file, and this one waits for it. */
  readonly waiting: boolean
}

/** What is about to be fetched, before its first byte. */
export interface DownloadPlan {
  /** As it was asked for. */
  readonly name: string
  /** `user/repository`, or null for a URL. */
  readonly repository: string | null
  /** The commit; null for a URL. */
  readonly revision: string | null
  readonly licence: string | null
  readonly files: readonly { readonly file: string; readonly bytes: number | null }[]
  /** Bytes of all files; null where a server does not say. */
  readonly bytes: number | null
  /** Bytes that are not there yet; null where a server does not say. */
  readonly missing: number | null
  /** The folder that they come into, and the bytes that are free there. */
  readonly folder: string
  readonly free: number
  /** By the head of its file, for `memoryOf`; null where that could not be read, or for a data file. */
  readonly shape: ModelShape | null
}

/** What a GGUF file says of its cache and buffers. */
export interface ModelShape {
  readonly architecture: string
  /** Layers that have a cache. */
  readonly cachedLayers: number
  /** Query heads of a layer. */
  readonly heads: number
  /** Key and value heads of a layer. */
  readonly kvHeads: number
  /** Numbers of one head in a key and in a value. */
  readonly keyLength: number
  readonly valueLength: number
  /** Numbers of one token between two layers. */
  readonly embeddingLength: number
  /** Tokens that there are. */
  readonly vocabularySize: number
  /** Tokens; 0 where the file does not say. */
  readonly trainedContext: number
}

/** How files are fetched, and who hears of it. */
export interface FetchOptions {
  /** Aborting leaves what has come on the disk; the next call goes on from there. */
  readonly signal?: AbortSignal | undefined
  /** Called a few times a second while bytes come. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  /** Called once before the first byte, and only where something is fetched; what it throws ends the call. */
  readonly onPlan?: ((plan: DownloadPlan) => void | Promise<void>) | undefined
  /** Ask the hub for the newest version also where there is one on the disk. @default false */
  readonly update?: boolean | undefined
}

/** One file on the disk. */
export interface FetchedFile {
  readonly path: string
  /** As the hub calls it, or the last part of a URL. */
  readonly file: string
  readonly bytes: number
  /** What it was compared with before it got its name; null where that is unknown (a small file of the hub has a git hash). */
  readonly sha256: string | null
}

/** A model on the disk. */
export interface ResolvedModel {
  /** What `loadModel` takes: the file, or the first of its parts. */
  readonly path: string
  readonly from: 'embedded' | 'file' | 'hub' | 'url'
  readonly repository: string | null
  /** The commit of the repository. */
  readonly revision: string | null
  /** Several where the model is split. */
  readonly files: readonly FetchedFile[]
  /** Of all files. */
  readonly bytes: number
  /** Something was fetched by this call. */
  readonly fetched: boolean
}

/** A file of a repository on the disk. */
export interface ResolvedHubFile extends FetchedFile {
  readonly sha256: string
  readonly repository: string
  readonly revision: string
  readonly fetched: boolean
}

/** What a repository has. */
export interface HubRepository {
  readonly repository: string
  readonly type: 'model' | 'dataset'
  /** The commit. */
  readonly revision: string
  /** As its card says, in the hub's words: `apache-2.0`. */
  readonly licence: string | null
  readonly files: readonly {
    readonly file: string
    readonly bytes: number
    /** null for small files, which have a git hash. */
    readonly sha256: string | null
  }[]
}

/** The session that `modelMemory` and `memoryOf` count for. */
export interface ModelMemoryOptions {
  /** @default the trained context, at most 8192 */
  readonly contextLength?: number | undefined
  /** @default 'f16' */
  readonly keyType?: CacheType | undefined
  readonly valueType?: CacheType | undefined
}

/** Bytes that a model needs. */
export interface ModelMemory {
  /** Tokens that `cache` is for. */
  readonly contextLength: number
  /** Of the file. */
  readonly weights: number
  /** Of the KV cache of one session. */
  readonly cache: number
  /** Of the buffers that one session computes in. */
  readonly compute: number
  /** Of all three. */
  readonly total: number
}

/** A model that is known to work, by a short name. */
export interface KnownModel {
  readonly name: string
  /** What `hf:` names it. */
  readonly hub: string
  readonly title: string
  /** Of the weights. */
  readonly licence: string
  /** Calculated from the parameters and the bits of a weight; the hub says the right size before anything is fetched. */
  readonly bytes: number
  readonly shape: ModelShape
}

/** A model of the cache. */
export interface CachedModel {
  /** What names it on `--model`. */
  readonly name: string
  readonly path: string
  readonly revision: string | null
  readonly bytes: number
  /** 'unknown': nothing says what its hash should be. */
  readonly state: 'ok' | 'verified' | 'damaged' | 'incomplete' | 'unknown'
  /** What is wrong with it; null where nothing is known to be. */
  readonly fault: string | null
}
