/** The command line in processes of its own: started, listened to, killed; and what runs left. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageFolder } from '../../dist/base/package.js'

export const run = promisify(execFile)
export const cli = join(packageFolder, 'dist/entry/cli/index.js')

/** All but the times. */
export const recordsOf = (out: string): string[] =>
  readFileSync(join(out, 'results.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.stringify(JSON.parse(line, (key, value) => (key === 'millis' ? 0 : value))))

export const countOf = (out: string): number => {
  const path = join(out, 'results.jsonl')
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0
}

export interface Started {
  readonly child: ChildProcess
  readonly said: () => string
  readonly code: Promise<unknown>
}

export function start(t: { teardown(end: () => void): void }, ...args: readonly string[]): Started {
  const child = spawn(process.execPath, [cli, ...args])
  let said = ''
  child.stderr.on('data', chunk => {
    said += chunk
  })
  child.stdout.resume()
  t.teardown(() => child.kill('SIGKILL'))
  return { child, said: () => said, code: once(child, 'exit').then(([code]) => code) }
}
