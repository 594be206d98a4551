// @ts-check
/** Whether packed packages are what users and tools expect: exports, types, sizes, nothing that does not belong. */
import { execFile, execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const require = createRequire(import.meta.url)

/** Bytes of a tarball, at most: cot-prune's has the sources of llama.cpp and the embedded model. */
const mostMain = 8e6
const mostPlatform = 8e6

/** @param {string} name @param {string} bin */
const binary = (name, bin) => join(dirname(require.resolve(`${name}/package.json`)), bin)

/** @param {readonly import('../../packaging/packages.mjs').Packed[]} packages */
export async function checkShape([main, ...platforms]) {
  if (main === undefined) throw new Error('nothing was packed')
  for (const { name, bytes } of [main, ...platforms]) {
    const most = name === main.name ? mostMain : mostPlatform
    if (bytes > most) throw new Error(`${name} has ${bytes} bytes, at most ${most} are wanted`)
  }
  const files = execFileSync('tar', ['-tzf', main.file], { encoding: 'utf8', maxBuffer: 1 << 26 })
  const strange = files
    .split('\n')
    .filter(path => /\.node$|\/prebuilds\/|\/test\/|\.gguf$/.test(path))
  const other = strange.filter(path => !path.includes('/models/'))
  if (other.length > 0) throw new Error(`does not belong into cot-prune: ${other.join(', ')}`)
  // only ESM, which Node can require: what TypeScript of node10 cannot see is not asked
  const attw = binary('@arethetypeswrong/cli', 'dist/index.js')
  await execute(process.execPath, [attw, main.file, '--profile', 'esm-only', '--no-emoji'])
  await execute(process.execPath, [binary('publint', 'src/cli.js'), main.file, '--strict'])
}
