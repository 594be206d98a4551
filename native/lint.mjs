/** clang-format over our own C++; `--fix` rewrites. The version is pinned in the lockfile. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { require, root } from './tools.mjs'

const folders = ['native', 'native/engine', 'native/cpu', 'test/native', 'bench']
const files = folders.flatMap(folder =>
  readdirSync(join(root, folder))
    .filter(name => /\.(h|cc)$/.test(name))
    .map(name => join(folder, name)),
)
const mode = process.argv.includes('--fix') ? ['-i'] : ['--dry-run', '-Werror']
const { status } = spawnSync(
  process.execPath,
  [require.resolve('clang-format'), ...mode, ...files],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
)
process.exit(status ?? 1)
