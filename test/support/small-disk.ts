/** A file system that is soon full: it is mounted, which only some processes may. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

export interface SmallDisk {
  readonly path: string
  /** Change it while it is there: `size=1m`, `ro`. */
  remount(options: string): void
}

/** null where this process may mount nothing, which is said. */
export function smallDisk(t: Test, kilobytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'cot-prune-disk-'))
  const mount = (options: string) =>
    execFileSync('mount', ['-o', options, '-t', 'tmpfs', 'tmpfs', path], { stdio: 'ignore' })
  try {
    mount(`size=${kilobytes}k`)
  } catch {
    rmdirSync(path)
    t.comment('not tried: this process may mount nothing')
    return null
  }
  t.teardown(() => {
    execFileSync('umount', ['-l', path])
    rmdirSync(path)
  })
  return { path, remount: options => mount(`remount,${options}`) }
}
