/** `cot-prune build`: compile the addon in the installed package, whatever npm did at install time. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { packageFolder } from '../../../base/package.js'

/**
 * Runs the install script from source; its output goes to stderr. Returns its exit code.
 * @param cuda with CUDA, without, or (undefined) as COT_PRUNE_CUDA says
 */
export function buildCommand(cuda: boolean | undefined): Promise<number> {
  const script = join(packageFolder, 'native', 'install.mjs')
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, '--from-source'], {
      cwd: packageFolder,
      env:
        cuda === undefined ? process.env : { ...process.env, COT_PRUNE_CUDA: cuda ? 'on' : 'off' },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  })
}
