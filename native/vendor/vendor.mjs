/**
 * Puts the llama.cpp that we build into native/vendor/llama.cpp: the pinned commit, the parts we
 * need, our one patch. Idempotent: a stamp names commit and patch, and nothing is done when it
 * matches. CMake runs it at configure time, so every build path comes through here.
 *
 * The source is npm's node-llama-cpp tarball, which carries the whole tree as a git bundle (made
 * for building without internet). `LLAMA_CPP_DIR` takes another checkout instead; it is copied,
 * never changed.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const target = join(here, 'llama.cpp')
const patchFile = join(here, 'attention-eval-callback.patch')
const stampFile = join(target, 'cot-prune.json')

const parts = [
  'LICENSE',
  'licenses',
  'include',
  'src',
  'ggml/CMakeLists.txt',
  'ggml/cmake',
  'ggml/include',
  'ggml/src/CMakeLists.txt',
  ':(glob)ggml/src/*.c',
  ':(glob)ggml/src/*.cpp',
  ':(glob)ggml/src/*.h',
  ':(glob)ggml/src/*.in',
  'ggml/src/ggml-cpu',
  'ggml/src/ggml-cuda',
  'ggml/src/ggml-metal',
  'ggml/src/ggml-rpc',
  'common/jinja',
  'common/json.cpp',
  'common/json.h',
  'common/unicode.cpp',
  'common/unicode.h',
  'vendor/nlohmann',
]

const say = text => process.stderr.write(`cot-prune: ${text}\n`)
const run = (command, args, cwd, env = {}) =>
  execFileSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  })

const patchSha256 = createHash('sha256').update(readFileSync(patchFile)).digest('hex')
const { llamaCpp } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const override = process.env.LLAMA_CPP_DIR
const wanted = {
  commit: override ? commitOf(override) : llamaCpp.commit,
  version: llamaCpp.version,
  patchSha256,
  source: override ?? llamaCpp.package,
}

try {
  if (!upToDate()) vendor()
} catch (error) {
  say(`${error.message}${error.cause ? `\n  ${error.cause.message}` : ''}`)
  process.exit(1)
}

function upToDate() {
  if (!existsSync(stampFile)) return false
  const stamp = JSON.parse(readFileSync(stampFile, 'utf8'))
  // a published package ships the patched tree: without LLAMA_CPP_DIR any source will do
  return (
    stamp.commit === wanted.commit &&
    stamp.patchSha256 === patchSha256 &&
    (!override || stamp.source === override)
  )
}

function vendor() {
  const work = mkdtempSync(join(here, '.work-'))
  try {
    const tree = join(work, 'llama.cpp')
    mkdirSync(tree)
    if (override) copyCheckout(override, tree)
    else extractBundle(download(work), work, tree)
    applyPatch(tree)
    writeFileSync(join(tree, 'cot-prune.json'), `${JSON.stringify(wanted, null, 2)}\n`)
    rmSync(target, { recursive: true, force: true })
    renameSync(tree, target)
    say(`llama.cpp ${wanted.version} (${wanted.commit.slice(0, 12)}) patched and ready`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function download(work) {
  say(`downloading ${llamaCpp.package} from npm (35 MB) for its llama.cpp sources`)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = [
    'pack',
    llamaCpp.package,
    '--pack-destination',
    work,
    '--silent',
    '--ignore-scripts',
  ]
  // npm hands its own settings down; a dry run of `npm pack` must still fetch the sources
  const file = run(npm, args, work, { npm_config_dry_run: 'false', npm_config_json: 'false' })
    .toString()
    .trim()
    .split('\n')
    .at(-1)
  const tarball = readFileSync(join(work, file))
  const [algorithm, expected] = llamaCpp.integrity.split(/-(.*)/s)
  const actual = createHash(algorithm).update(tarball).digest('base64')
  if (actual !== expected) {
    throw new Error(`${file}: integrity ${algorithm}-${actual}, expected ${llamaCpp.integrity}`)
  }
  run('tar', ['-xzf', file, 'package/llama/gitRelease.bundle'], work)
  return join(work, 'package', 'llama', 'gitRelease.bundle')
}

function extractBundle(bundle, work, tree) {
  say('extracting the llama.cpp sources')
  const git = join(work, 'git')
  run('git', ['init', '--quiet', '--bare', git], work)
  run('git', ['fetch', '--quiet', bundle, 'HEAD'], git)
  const head = run('git', ['rev-parse', 'FETCH_HEAD'], git).toString().trim()
  if (head !== llamaCpp.commit) {
    throw new Error(`the bundle holds commit ${head}, expected ${llamaCpp.commit}`)
  }
  const archive = join(work, 'tree.tar')
  run('git', ['archive', '--format=tar', '-o', archive, 'FETCH_HEAD', '--', ...parts], git)
  run('tar', ['-xf', archive, '-C', tree], work)
}

function copyCheckout(from, tree) {
  say(`copying llama.cpp from ${from}`)
  for (const part of parts) {
    const pattern = part.match(/^:\(glob\)(.*)\/\*(\..*)$/)
    if (!pattern) {
      cpSync(join(from, part), join(tree, part), { recursive: true })
      continue
    }
    const [, folder, extension] = pattern
    for (const file of readdirSync(join(from, folder)).filter(name => name.endsWith(extension))) {
      cpSync(join(from, folder, file), join(tree, folder, file))
    }
  }
}

function commitOf(checkout) {
  try {
    return run('git', ['rev-parse', 'HEAD'], checkout).toString().trim()
  } catch {
    return 'unknown'
  }
}

/**
 * `git apply` inside an enclosing repository silently skips a patch, so the ceiling keeps git from
 * finding one; the marker proves that the patch is really there.
 */
function applyPatch(tree) {
  say('applying the attention patch')
  const env = { GIT_CEILING_DIRECTORIES: realpathSync(dirname(tree)), GIT_DIR: undefined }
  try {
    run('git', ['apply', '--whitespace=nowarn', patchFile], tree, env)
  } catch (cause) {
    throw new Error(`${patchFile} does not apply to llama.cpp ${wanted.commit}`, { cause })
  }
  const header = join(tree, 'include', 'llama-attn.h')
  const hook = readFileSync(join(tree, 'src', 'llama-graph.cpp'), 'utf8')
  if (!existsSync(header) || !hook.includes('build_attn_capture(')) {
    throw new Error(`${patchFile} was skipped by git apply: the tree is unpatched`)
  }
}
