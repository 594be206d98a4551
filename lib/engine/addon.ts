/**
 * Which compiled addon there is, in the order in which they are tried: one that was named, one that was
 * compiled here, a package for GPUs that was installed on purpose, the package of this platform, the
 * folder that `npm run prebuilt` writes.
 */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve, sep } from 'node:path'
import { packageFolder, packageVersion } from '../base/package.js'

const require = createRequire(import.meta.url)

/** A place where an addon may be: its file, or why there is none. */
export interface AddonPlace {
  /** What the place is called: `local build`, `@cot-prune/linux-x64`. */
  readonly source: string
  readonly file: string | null
  /** Why there is none; empty where there is one. */
  readonly missing: string
}

/** An addon that was loaded, and what was passed over before it. */
export interface LoadedAddon<T> {
  readonly addon: T
  readonly source: string
  readonly file: string
  /** Places that had none are left out; a line for each that had one which did not load. */
  readonly failed: readonly string[]
}

/** What the places depend on. */
export interface AddonHost {
  readonly platform: string
  readonly arch: string
  /** `glibc` or `musl`; empty where there is one C library. */
  readonly libc: string
  /** COT_PRUNE_ADDON: a file, or a folder with build/Release/cot_prune.node. */
  readonly asked: string | undefined
  /** The folder of the package. */
  readonly folder: string
}

/** This process's. */
export function addonHost(): AddonHost {
  const { platform, arch, env } = process
  return { platform, arch, libc: libcOf(), asked: env.COT_PRUNE_ADDON, folder: packageFolder }
}

/** The report that Node writes of itself names glibc's version, and has none elsewhere. */
function libcOf(): string {
  if (process.platform !== 'linux') return ''
  const before: unknown = Reflect.get(process.report, 'excludeNetwork')
  // or it would ask for the names of all peers of this process's sockets
  Reflect.set(process.report, 'excludeNetwork', true)
  const report: unknown = process.report.getReport()
  Reflect.set(process.report, 'excludeNetwork', before)
  if (typeof report !== 'object' || report === null || !('header' in report)) return 'glibc'
  const { header } = report
  const named = typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header
  return named ? 'glibc' : 'musl'
}

/** `linux-x64`, `linux-x64-musl`: the ending of a package's name. */
export function platformName({ platform, arch, libc }: AddonHost): string {
  return `${platform}-${arch}${libc === 'musl' ? '-musl' : ''}`
}

/** The name of a prebuilt file: `cot-prune.napi.glibc.node`. */
export function prebuiltName({ libc }: AddonHost): string {
  return `cot-prune.napi${libc === '' ? '' : `.${libc}`}.node`
}

/** All places, the first that loads is taken; only the one that was asked for where one was. */
export function addonPlaces(host: AddonHost): AddonPlace[] {
  if (host.asked) return [asked(host.asked)]
  const name = platformName(host)
  const prebuilt = join('prebuilds', `${host.platform}-${host.arch}`, prebuiltName(host))
  return [
    inFolder('local build', ownBuild(host.folder) ?? join(host.folder, built)),
    inPackage(`@cot-prune/${name}-cuda`),
    inPackage(`@cot-prune/${name}`),
    inFolder('prebuilds', join(host.folder, prebuilt)),
  ]
}

/**
 * What was compiled in a folder, by the conventions of node-gyp-build. What is prebuilt is not asked of it: it knows
 * musl by a file that Alpine alone has.
 */
function ownBuild(folder: string): string | null {
  try {
    const { path } = require('node-gyp-build') as { readonly path: (folder: string) => string }
    const found = path(folder)
    return found.includes(`${sep}prebuilds${sep}`) ? null : found
  } catch {
    return null
  }
}

const built = join('build', 'Release', 'cot_prune.node')

function asked(path: string): AddonPlace {
  const whole = resolve(path)
  return inFolder('COT_PRUNE_ADDON', whole.endsWith('.node') ? whole : join(whole, built))
}

function inFolder(source: string, file: string): AddonPlace {
  return existsSync(file)
    ? { source, file, missing: '' }
    : { source, file: null, missing: `there is no ${file}` }
}

/** A package of another version has another seam. */
function inPackage(source: string): AddonPlace {
  try {
    const { version } = require(`${source}/package.json`) as { readonly version: string }
    const wanted = packageVersion()
    if (version !== wanted) {
      return { source, file: null, missing: `is of version ${version}, and ${wanted} is needed` }
    }
    return { source, file: require.resolve(source), missing: '' }
  } catch {
    return { source, file: null, missing: 'is not installed' }
  }
}

/** Nothing could be loaded: a line for each place. */
export class NoAddon extends Error {
  readonly tried: readonly string[]
  constructor(tried: readonly string[], cause: unknown) {
    super(tried.join('\n'), { cause })
    this.tried = tried
  }
}

/**
 * Load the first that loads.
 * @throws NoAddon with what was tried
 */
export function loadAddon<T>(
  places: readonly AddonPlace[],
  load: (file: string) => T,
): LoadedAddon<T> {
  const failed: string[] = []
  const tried: string[] = []
  let cause: unknown
  for (const { source, file, missing } of places) {
    if (file === null) {
      tried.push(`${source}: ${missing}`)
      continue
    }
    try {
      return { addon: load(file), source, file, failed }
    } catch (error) {
      cause = error
      const why = error instanceof Error ? error.message : String(error)
      failed.push(`${source}: ${file} did not load: ${why.split('\n')[0]}`)
      tried.push(`${failed.at(-1)}`)
    }
  }
  throw new NoAddon(tried, cause)
}
