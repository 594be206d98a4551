/** Shared by setup.mjs and install.mjs: finding tools, running them, saying what happens. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
export const require = createRequire(join(root, 'package.json'))

export const say = text => process.stderr.write(`cot-prune: ${text}\n`)

/** One line about what is missing, and the end. */
export function fail(text) {
  say(text)
  process.exit(1)
}

const works = (command, args = ['--version']) =>
  spawnSync(command, args, { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0

const packages = {
  linux: names => `apt-get install ${names} (Debian, Ubuntu) or dnf install ${names} (Fedora)`,
  darwin: names => `brew install ${names}, or xcode-select --install for the compiler and git`,
  win32: names => `winget install ${names}, and the C++ workload of Visual Studio`,
}

/** Ends the process with one clear line when a tool of the native build is missing. */
export function checkTools() {
  const hint = names => (packages[process.platform] ?? packages.linux)(names)
  const vendored = exists(join(root, 'native', 'vendor', 'llama.cpp', 'cot-prune.json'))
  if (!vendored && !works('git'))
    fail(`git is needed and was not found. Get it with: ${hint('git')}`)
  if (!works('cmake')) fail(`cmake is needed and was not found. Get it with: ${hint('cmake')}`)
  if (process.platform === 'win32') return
  const compilers = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean)
  if (!compilers.some(compiler => works(compiler))) {
    fail(`a C++17 compiler is needed and was not found. Get one with: ${hint('g++ make')}`)
  }
  if (!works('ninja') && !works('make')) {
    fail(`ninja or make is needed and was not found. Get one with: ${hint('make')}`)
  }
}

/**
 * Run a command with its output in a log file; every few seconds its newest `[k/n]` or percentage
 * is shown, and on a failure the end of the log.
 */
export async function runLogged(what, command, args, logName) {
  const log = join(root, 'build', logName)
  mkdirSync(dirname(log), { recursive: true })
  say(`${what} …`)
  const started = Date.now()
  const file = openSync(log, 'w')
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', file, file],
    shell: process.platform === 'win32' && command === 'npm',
  })
  const timer = setInterval(() => {
    const progress = readFileSync(log, 'utf8')
      .match(/\[\s*\d+(?:\/\d+|%)\]/g)
      ?.at(-1)
    say(`  … ${progress ?? 'still at it'} after ${seconds(started)}`)
  }, 15_000)
  const status = await new Promise(resolve => {
    child.on('error', () => resolve(127))
    child.on('exit', (code, signal) => resolve(code ?? signal))
  })
  clearInterval(timer)
  closeSync(file)
  if (status !== 0) {
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    const errors = lines.filter(line => /error|fatal/i.test(line)).slice(0, 5)
    process.stderr.write(`${[...errors, '…', ...lines.slice(-20)].join('\n')}\n`)
    fail(`${what} failed (${status}); the whole output is in ${log}`)
  }
  say(`  done in ${seconds(started)}`)
}

const seconds = started => `${Math.round((Date.now() - started) / 1000)} s`

/** The native build: into `out`, the addon into build/Release where no definition says otherwise. */
export async function buildNative(definitions = [], { out = 'build/cmake', parallel = 0 } = {}) {
  checkTools()
  const cmakeJs = require.resolve('cmake-js/bin/cmake-js')
  const folders = ['--directory', root, '--out', join(root, out)]
  const defines = definitions.map(definition => `--CD${definition}`)
  // `build` alone would leave out new definitions where a configured folder exists
  const configure = [cmakeJs, 'configure', ...folders, ...defines]
  await runLogged('configuring the native build', process.execPath, configure, 'configure.log')
  const jobs = ['--parallel', String(parallel || availableParallelism())]
  const build = [cmakeJs, 'build', ...folders, ...jobs]
  const what = 'building llama.cpp and the addon (some minutes the first time)'
  await runLogged(what, process.execPath, build, 'native.log')
}

export const exists = path => statSync(path, { throwIfNoEntry: false }) !== undefined
