// @ts-check
/**
 * node test/hard/sanitize/run.mjs address|thread [--no-build]
 *
 * Builds llama.cpp, the engine, the addon and the test programs for a sanitizer, each kind in a folder of its own (build/asan,
 * build/tsan), and runs what was chosen for it. Exit code 1 where a test failed, something leaked, or anything was found that
 * `suppressions` does not name. Linux with g++.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildNative, fail, root, say } from '../../../native/tools.mjs'
import { findings } from './findings.mjs'

/**
 * @typedef {object} Kind
 * @property {string} folder where addon and programs go
 * @property {string} out where they are built
 * @property {string} library what Node has to load before the addon
 * @property {readonly string[]} programs tests that ask programs (not attention_oracle: its bars are of bits, which other flags of a compiler change)
 * @property {readonly string[]} addon tests that load the addon
 * @property {readonly string[]} leaks scripts behind which nothing may be left
 * @property {readonly (readonly string[])[]} scripts others that load the addon, with their arguments
 * @property {(log: string) => Record<string, string>} options of the sanitizer's runtime
 */

const here = join(root, 'test/hard/sanitize')
/** @param {string} name */
const suppressed = name => `suppressions=${join(here, name)}`

/** @type {Readonly<Record<string, Kind>>} */
const kinds = {
  address: {
    folder: 'build/asan',
    out: 'build/cmake-asan',
    library: 'libasan.so',
    programs: [
      'test/native/containment.test.ts',
      'test/native/threads.test.ts',
      'test/engine/draws.test.ts',
      'test/engine/placement.test.ts',
      'test/engine/session-memory.test.ts',
    ],
    addon: [
      'test/engine/bad-models.test.ts',
      'test/engine/capture-branches.test.ts',
      'test/engine/capture-families.test.ts',
      'test/engine/extend-many.test.ts',
      'test/engine/hybrid.test.ts',
      'test/engine/native-contract.test.ts',
      'test/engine/sampling.test.ts',
      'test/engine/template.test.ts',
      'test/session/abort.test.ts',
      'test/session/batch.test.ts',
      'test/session/worker.test.ts',
    ],
    leaks: ['test/hard/sanitize/every-job.mjs'],
    scripts: [
      ['test/hard/fuzz-models.mjs', '--cases', '200'],
      ['test/hard/lifetimes.mjs', '--short', '--patience', '600'],
    ],
    options: log => ({
      // containment leaks on purpose; what Node and V8 hold is no leak: only every-job.mjs looks for those
      ASAN_OPTIONS: `log_path=${log}:detect_leaks=0:handle_segv=0:allow_user_segv_handler=1`,
      LSAN_OPTIONS: `exitcode=0:${suppressed('leaks.txt')}`,
      UBSAN_OPTIONS: `log_path=${log}:print_stacktrace=1:${suppressed('undefined.txt')}`,
    }),
  },
  thread: {
    folder: 'build/tsan',
    out: 'build/cmake-tsan',
    library: 'libtsan.so',
    programs: [
      'test/native/threads.test.ts',
      'test/native/containment.test.ts',
      'test/native/team.test.ts',
    ],
    addon: ['test/session/worker.test.ts'],
    leaks: [],
    scripts: [],
    options: log => ({
      COT_PRUNE_CXXFLAGS: '-fsanitize=thread',
      TSAN_OPTIONS: `log_path=${log}:exitcode=0:history_size=4:${suppressed('races.txt')}`,
    }),
  },
}

/** @param {Kind} kind @param {string} name */
async function build({ folder, out }, name) {
  const definitions = [
    'COT_PRUNE_DEV=ON',
    `COT_PRUNE_SANITIZE=${name}`,
    `COT_PRUNE_OUTPUT=${join(root, folder)}`,
  ]
  await buildNative(definitions, { out })
}

/** @param {string} what @param {readonly string[]} args @param {Record<string, string>} env */
function passes(what, args, env) {
  say(`${what} …`)
  const child = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return child.status === 0
}

/** @param {Kind} kind @param {string} log */
function runAll({ folder, library, programs, addon, leaks, scripts, options }, log) {
  const LD_PRELOAD = execFileSync('g++', [`-print-file-name=${library}`], {
    encoding: 'utf8',
  }).trim()
  const sanitizing = options(log)
  const inNode = {
    ...sanitizing,
    LD_PRELOAD,
    COT_PRUNE_ADDON: join(root, folder, 'cot_prune.node'),
    COT_PRUNE_SANITIZED: '1',
  }
  // for the tests alone: tap and the compiler that it starts would only be slower by it
  const given = Object.entries(inNode).map(([key, value]) => `--test-env=${key}=${value}`)
  const looking = {
    ASAN_OPTIONS: inNode.ASAN_OPTIONS?.replace('detect_leaks=0', 'detect_leaks=1') ?? '',
  }
  const runner = 'test/run.mjs'
  const asked = { ...sanitizing, COT_PRUNE_PROGRAMS: join(root, folder) }
  const outcomes = [
    passes('the programs', [runner, ...programs], asked),
    passes('the addon in Node', [runner, ...given, ...addon], {}),
    ...leaks.map(script => passes(script, ['--expose-gc', script], { ...inNode, ...looking })),
    ...scripts.map(script => passes(script.join(' '), script, inNode)),
  ]
  return outcomes.every(Boolean)
}

const { values, positionals } = parseArgs({
  options: { 'no-build': { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [name = ''] = positionals
const kind = kinds[name]
if (kind === undefined) fail(`which sanitizer? ${Object.keys(kinds).join(' or ')}`)
else {
  if (!values['no-build']) await build(kind, name)
  const logs = join(root, kind.folder, 'logs')
  rmSync(logs, { recursive: true, force: true })
  mkdirSync(logs, { recursive: true })
  const well = runAll(kind, join(logs, 'found'))
  const found = readdirSync(logs).flatMap(file => findings(readFileSync(join(logs, file), 'utf8')))
  for (const one of found) console.log(one)
  say(`${name}: tests ${well ? 'passed' : 'failed'}, ${found.length} findings`)
  process.exitCode = well && found.length === 0 ? 0 : 1
}
