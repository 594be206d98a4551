// @ts-check
/** Whether packed packages are what users and tools expect: exports, types, sizes, nothing that does not belong. */
import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
/** Both hide their package.json from `require.resolve`. */
const modules = new URL('../../node_modules/', import.meta.url)
const attw = fileURLToPath(new URL('@arethetypeswrong/cli/dist/index.js', modules))
const publint = fileURLToPath(new URL('publint/src/cli.js', modules))

/** Bytes of a tarball, at most: cot-prune's has the sources of llama.cpp and the embedded model. */
const mostMain = 8e6
const mostPlatform = 8e6
/** Of kernels for several architectures. */
const mostCuda = 600e6

/** @param {readonly import('../../packaging/packages.mjs').Packed[]} packages */
export async function checkShape([main, ...platforms]) {
  if (main === undefined) throw new Error('nothing was packed')
  for (const { name, bytes } of [main, ...platforms]) {
    const most = name === main.name ? mostMain : name.endsWith('-cuda') ? mostCuda : mostPlatform
    if (bytes > most) throw new Error(`${name} has ${bytes} bytes, at most ${most} are wanted`)
  }
  const files = execFileSync('tar', ['-tzf', main.file], { encoding: 'utf8', maxBuffer: 1 << 26 })
  const strange = files
    .split('\n')
    .filter(path => /\.node$|\/prebuilds\/|\/test\/|\.gguf$/.test(path))
  const other = strange.filter(path => !path.includes('/models/'))
  if (other.length > 0) throw new Error(`does not belong into cot-prune: ${other.join(', ')}`)
  // only ESM, which Node can require: what TypeScript of node10 cannot see is not asked
  await execute(process.execPath, [attw, main.file, '--profile', 'esm-only', '--no-emoji'])
  await execute(process.execPath, [publint, main.file, '--strict'])
}
