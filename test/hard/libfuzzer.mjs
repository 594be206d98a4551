// @ts-check
/**
 * node test/hard/libfuzzer.mjs [--target gguf|template|all] [--seconds N] [--short]
 *
 * libFuzzer with AddressSanitizer, and UndefinedBehaviorSanitizer in code of ours, over the check of model files and over
 * chat templates. What it finds is kept in build/fuzz/NAME/found. It needs clang and its fuzzer's library (Debian: clang);
 * with --short it runs what is built, and builds nothing.
 */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { families } from '../support/tiny/families.mjs'
import { tinyModel } from '../support/tiny-models.mjs'
import { describe } from './mutate.mjs'
import { hostile, templateOf } from './templates.mjs'

/** @typedef {import('../support/tiny-models.d.mts').TinyArchitecture} TinyArchitecture */

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const llama = join(root, 'native/vendor/llama.cpp')
const ggml = join(llama, 'ggml/src')
const engine = join(root, 'native/engine')
const out = join(root, 'build/fuzz')
const mostMib = 1024

const include = [
  engine,
  join(llama, 'include'),
  join(llama, 'ggml/include'),
  ggml,
  join(llama, 'common'),
  join(llama, 'vendor'),
].flatMap(folder => ['-I', folder])
const defines = ['-D_GNU_SOURCE', '-DNDEBUG', '-DCOT_PRUNE_TEMPLATE_UNITS=4000000', `-I${out}`]

/** @param {string} folder @param {readonly string[]} names */
const inFolder = (folder, names) => names.map(name => join(folder, name))

/**
 * Files of ours are told apart: what upstream does with integers is not ours to say.
 * @type {Record<string, { own: string[], others: string[], longest: number, seeds: () => Iterable<readonly [string, Uint8Array | string]> }>}
 */
const targets = {
  gguf: {
    own: [
      join(root, 'test/hard/fuzz_gguf.cc'),
      ...inFolder(engine, ['gguf_file.cc', 'gguf_hparams.cc']),
    ],
    others: inFolder(ggml, [
      ...['ggml.c', 'ggml.cpp', 'ggml-alloc.c', 'ggml-backend.cpp', 'ggml-backend-meta.cpp'],
      ...['ggml-opt.cpp', 'ggml-threading.cpp', 'ggml-quants.c', 'gguf.cpp'],
    ]),
    longest: 60_000,
    *seeds() {
      for (const arch of /** @type {TinyArchitecture[]} */ (Object.keys(families))) {
        const small = { layers: 1, heads: 2, kvHeads: 1, headDim: 16, embedding: 32, ff: 32 }
        const bytes = readFileSync(tinyModel({ ...small, arch }))
        const { headerSize } = describe(bytes)
        yield [`${arch}-header`, bytes.subarray(0, headerSize)]
        yield [arch, bytes]
      }
    },
  },
  template: {
    own: [join(root, 'test/hard/fuzz_template.cc'), join(engine, 'chat_template.cc')],
    others: [
      ...inFolder(join(llama, 'common/jinja'), ['lexer.cpp', 'parser.cpp', 'runtime.cpp']),
      ...inFolder(join(llama, 'common/jinja'), ['string.cpp', 'value.cpp', 'caps.cpp']),
      ...inFolder(join(llama, 'common'), ['json.cpp', 'unicode.cpp']),
    ],
    longest: 4000,
    *seeds() {
      for (const [name, text] of Object.entries(hostile)) if (text.length < 4000) yield [name, text]
      for (let seed = 1; seed <= 200; seed++) yield [`seed-${seed}`, templateOf(seed)]
    },
  },
}

/** @returns {string | null} clang++, where its fuzzer's library is there, too */
function findClang() {
  const probe =
    'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }'
  for (const name of [
    'clang++',
    ...[20, 19, 18, 17, 16, 15, 14].map(version => `clang++-${version}`),
  ]) {
    const args = ['-x', 'c++', '-fsanitize=fuzzer,address', '-o', '/dev/null', '-']
    if (spawnSync(name, args, { input: probe, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0)
      return name
  }
  return null
}

/** @param {string} clang @param {string} name */
async function build(clang, name) {
  const target = targets[name]
  if (target === undefined) throw new Error(`there is no target ${name}`)
  const folder = join(out, name)
  mkdirSync(folder, { recursive: true })
  // what CMake would make
  writeFileSync(join(out, 'ggml-version.h'), '#define GGML_VERSION "0"\n#define GGML_COMMIT "0"\n')
  /** @param {string} source @param {boolean} isOwn */
  const compile = async (source, isOwn) => {
    const object = join(folder, `${basename(source)}.o`)
    if (isNewer(object, source)) return object
    const isC = source.endsWith('.c')
    const sanitizers = isOwn ? ',undefined -fno-sanitize-recover=undefined' : ''
    const flags = `-fsanitize=fuzzer-no-link,address${sanitizers} -g -O1 -w`.split(' ')
    const language = isC ? ['-x', 'c', '-std=gnu11'] : ['-std=c++17']
    const args = [...language, ...flags, ...defines, ...include, '-c', source, '-o', object]
    await run(clang, args)
    return object
  }
  const objects = []
  for (const source of target.own) objects.push(await compile(source, true))
  for (const source of target.others) objects.push(await compile(source, false))
  const program = binary(name)
  await run(clang, [
    '-fsanitize=fuzzer,address,undefined',
    ...objects,
    '-o',
    program,
    '-lpthread',
    '-ldl',
  ])
}

/** @param {string} name */
const binary = name => join(out, name, 'fuzzer')

/** @param {string} object @param {string} source */
const isNewer = (object, source) =>
  existsSync(object) && statSync(object).mtimeMs > statSync(source).mtimeMs

/** @param {string} name @param {number} seconds */
async function fuzz(name, seconds) {
  const { longest = 0, seeds } = targets[name] ?? {}
  const [corpus, found] = [join(out, name, 'corpus'), join(out, name, 'found')]
  mkdirSync(corpus, { recursive: true })
  mkdirSync(found, { recursive: true })
  for (const [seed, bytes] of seeds?.() ?? [])
    writeFileSync(join(corpus, seed.replaceAll(' ', '-')), bytes)
  const args = [
    `-max_total_time=${seconds}`,
    `-max_len=${longest}`,
    ...['-timeout=20', `-rss_limit_mb=${mostMib}`, `-malloc_limit_mb=${mostMib}`],
    ...[`-artifact_prefix=${found}/`, '-print_final_stats=1', '-verbosity=1', corpus],
  ]
  const child = spawn(binary(name), args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let tail = ''
  child.stderr.on('data', data => {
    tail = (tail + data).slice(-6000)
  })
  const status = await new Promise(resolve => child.on('exit', resolve))
  const units = /stat::number_of_executed_units: (\d+)/.exec(tail)?.[1] ?? '?'
  console.log(`${name}: ${units} inputs in ${seconds} s, ${status === 0 ? 'clean' : 'NOT clean'}`)
  if (status !== 0) console.log(`${tail}\nkept in ${found}: ${readdirSync(found).join(', ')}`)
  return { inputs: Number(units) || 0, faults: status === 0 ? 0 : 1 }
}

async function main() {
  const { values } = parseArgs({
    options: {
      target: { type: 'string', default: 'all' },
      seconds: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  })
  const names = values.target === 'all' ? Object.keys(targets) : [values.target]
  const clang = values.short ? null : findClang()
  if (!values.short && clang === null) {
    console.log('there is no clang++ with the library of its fuzzer: apt-get install clang')
    return
  }
  const seconds = Number(values.seconds ?? (values.short ? 5 : 600))
  let [cases, faults] = [0, 0]
  for (const name of names) {
    if (clang !== null) await build(clang, name)
    if (!existsSync(binary(name))) {
      console.log(`${name} is not built: leave out --short once`)
      continue
    }
    const found = await fuzz(name, seconds)
    cases += found.inputs
    faults += found.faults
  }
  console.log(`${cases} cases, ${faults} faults`)
  process.exitCode = faults === 0 ? 0 : 1
}

await main()
