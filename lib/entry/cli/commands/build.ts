/** `cot-prune build`: compile the addon in the installed package, whatever npm did at install time. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { packageFolder } from '../../../base/package.js'

export interface BuildFlags {
  /** With CUDA, without, or (undefined) as COT_PRUNE_CUDA says. */
  readonly cuda?: boolean
  /** For this processor alone, for others like it, or (undefined) as the last time; at first for this one. */
  readonly native?: boolean
}

/** Runs the install script from source; its output goes to stderr. Returns its exit code. */
export function buildCommand({ cuda, native }: BuildFlags): Promise<number> {
  const script = join(packageFolder, 'native', 'install.mjs')
  const processor = native === undefined ? [] : [native ? '--native' : '--no-native']
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, '--from-source', ...processor], {
      cwd: packageFolder,
      env:
        cuda === undefined ? process.env : { ...process.env, COT_PRUNE_CUDA: cuda ? 'on' : 'off' },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  })
}
