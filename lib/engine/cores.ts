/** How many cores there are for this process, and how its threads wait for each other. */

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

/** What limits the threads of this process. */
export interface Cores {
  /** Threads that can run at once: the default of `threads`, and the most that a session starts. At least 1. */
  readonly usable: number
  /** Logical cores that the process may be scheduled on. */
  readonly schedulable: number
  /** CPU time of the control group in cores (a container's limit), or null where there is none. */
  readonly quota: number | null
}

/** The text of a file, or null where it cannot be read. */
type ReadText = (path: string) => string | null

const readText: ReadText = path => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/**
 * How many cores this process may use. More threads than these would be stopped in the middle of their work, with all others waiting at
 * the next barrier. Node's `availableParallelism` does not see a container's quota.
 */
export function cores(): Cores {
  const schedulable = Math.max(1, availableParallelism())
  const quota = process.platform === 'linux' ? quotaOf(readText) : null
  const usable = Math.min(schedulable, quota === null ? schedulable : Math.floor(quota))
  return { usable: Math.max(1, usable), schedulable, quota }
}

/** The smallest CPU quota of the process's control groups and of those above, in cores. */
export function quotaOf(read: ReadText): number | null {
  const quotas = (read('/proc/self/cgroup') ?? '').split('\n').flatMap(line => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (path === undefined) return []
    if (controllers === '') return upwards(path).map(folder => unified(read, folder))
    if (!controllers?.split(',').includes('cpu')) return []
    return upwards(path).map(folder => legacy(read, folder))
  })
  const found = quotas.filter(quota => quota !== null)
  return found.length === 0 ? null : Math.min(...found)
}

/** A folder and those above it. */
function upwards(path: string): string[] {
  return path === '/' ? ['/'] : [path, ...upwards(dirname(path))]
}

/** cgroup v2: `max 100000`, or `150000 100000`, in microseconds. */
function unified(read: ReadText, folder: string): number | null {
  const [quota = '', period = ''] = (read(join('/sys/fs/cgroup', folder, 'cpu.max')) ?? '').split(
    ' ',
  )
  return ratio(quota, period)
}

/** cgroup v1: two files; -1 is no quota. */
function legacy(read: ReadText, folder: string): number | null {
  const at = (name: string) => read(join('/sys/fs/cgroup/cpu', folder, name)) ?? ''
  return ratio(at('cpu.cfs_quota_us'), at('cpu.cfs_period_us'))
}

function ratio(quota: string, period: string): number | null {
  const cores = Number.parseFloat(quota) / Number.parseFloat(period)
  return cores > 0 && Number.isFinite(cores) ? cores : null
}

/* ---- threads ------------------------------------------------------------------------------ */

/** OMP_NUM_THREADS where the user has set it, else as many as can run at once. */
export function defaultThreads(): number {
  const { usable } = cores()
  const asked = Number.parseInt(process.env.OMP_NUM_THREADS ?? '', 10)
  return asked >= 1 ? Math.min(asked, usable) : usable
}

let warned = false

/** As many of the threads that were asked for as can run at once; says so, once, where that is fewer. */
export function capThreads(asked: number): number {
  const { usable, quota } = cores()
  if (asked <= usable) return asked
  if (!warned) {
    const limit = quota === null ? 'cores' : `cores, by a CPU quota of ${quota}`
    const text = `${asked} threads were asked for and ${usable} are used: this process has ${usable} ${limit}`
    process.emitWarning(text, { type: 'Warning', code: 'COT_PRUNE_THREADS' })
  }
  warned = true
  return usable
}

/* ---- waiting ------------------------------------------------------------------------------ */

/**
 * Turns that a thread of libgomp spins between two graphs before it sleeps (docs/threads.md). Its own
 * 300,000 keep a core busy for milliseconds that another process could use.
 */
const spinCount = '1000'

/** How OpenMP's threads wait, unless the user says it: both are read when libgomp is loaded. */
const waiting = ['GOMP_SPINCOUNT', 'OMP_WAIT_POLICY'] as const

/** Load the addon, and libgomp with it. What is set for that is no setting of the host's children. */
export function withSpinCount<T>(load: () => T): T {
  const { env } = process
  if (waiting.some(name => env[name] !== undefined)) return load()
  env.GOMP_SPINCOUNT = spinCount
  try {
    return load()
  } finally {
    delete env.GOMP_SPINCOUNT
  }
}

/** What decides how threads wait here: `GOMP_SPINCOUNT=1000`. */
export function waitPolicy(): string {
  const set = waiting.flatMap(name => (process.env[name] ? [`${name}=${process.env[name]}`] : []))
  return set.length > 0 ? set.join(' ') : `GOMP_SPINCOUNT=${spinCount}`
}
