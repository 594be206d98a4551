/** Who holds a lock: a process, told so that another one can say later whether it still lives. */

import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

export interface Holder {
  readonly pid: number
  readonly host: string
  /** When it took the lock, as an ISO date; null where that is not known. */
  readonly since: string | null
  /** What no other process of this machine has, now or later; null where the system does not tell. */
  readonly birth: string | null
}

/** `unknown`: of another machine, or of a system that does not tell a process from a later one of the same number. */
export type Life = 'alive' | 'dead' | 'unknown'

const unknown = '-'

/** One line that says who this process is; `id` tells this time from others. */
export async function markOfThis(id: string): Promise<string> {
  const birth = (await birthOf('self')) ?? unknown
  return [process.pid, hostname(), id, birth, new Date().toISOString()].join(' ')
}

/** null where it is no such line. */
export function holderOf(mark: string | null): Holder | null {
  const [pid, host, , birth = unknown, since] = mark?.trim().split(' ') ?? []
  if (!/^\d+$/.test(pid ?? '') || host === undefined) return null
  return {
    pid: Number(pid),
    host,
    since: since ?? null,
    birth: birth === unknown ? null : birth,
  }
}

/** `process 12 on host since 2026-11-27T20:00:00.000Z`. */
export const holderText = ({ pid, host, since }: Holder): string =>
  `process ${pid} on ${host}${since === null ? '' : ` since ${since}`}`

export async function lifeOf(holder: Holder): Promise<Life> {
  const { pid, host, birth } = holder
  if (host !== hostname()) return 'unknown'
  // containers may share a host's name, and number their processes on their own
  if (birth !== null && spaceOf(birth) !== spaceOf(await birthOf('self'))) return 'unknown'
  if (!isThere(pid)) return 'dead'
  if (birth === null) return 'unknown'
  const now = await birthOf(String(pid))
  if (now === null) return 'unknown'
  return now === birth ? 'alive' : 'dead'
}

const spaceOf = (birth: string | null): string | undefined => birth?.split('@')[1]

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Where Linux counts the clock ticks from its own start to that of a process, behind its name in parentheses. */
const startField = 19

/**
 * When a process began, and in which numbering of processes: a number is given again, both together are not. An end that nobody
 * has waited for is another birth. null but on Linux.
 */
async function birthOf(pid: string): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const space = await readlink('/proc/self/ns/pid')
    const began = /^[ZX]/.test(state) ? state : fields[startField - 1]
    return `${began}@${space.replaceAll(/\D/g, '')}`
  } catch {
    return null
  }
}
