// @ts-check
/** Who is compared with, where each is found, and how it is asked. README.md says how each is set up. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** @typedef {import('./compare.d.mts').Job} Job */
/** @typedef {import('./compare.d.mts').JobName} JobName */
/** @typedef {(job: Job) => { file: string, args: string[] }} Command */
/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {readonly JobName[]} jobs
 * @property {string} setup the one command that sets it up
 * @property {() => Command | null} find null where it is absent
 */

const root = fileURLToPath(new URL('../../', import.meta.url))
/** @param {string} name */
const script = name => fileURLToPath(new URL(name, import.meta.url))
/** @param {string} name */
const folder = name => join(root, '.cache', 'peers', name)

/** @type {Command} */
const library = job => ({
  file: process.execPath,
  args: [script('cot-prune.mjs'), JSON.stringify(job)],
})

/**
 * A program of CMakeLists.txt.
 * @param {string} name
 * @param {(job: Job) => readonly (string | number)[]} options
 * @returns {Pick<Peer, 'setup' | 'find'>}
 */
function program(name, options) {
  const file = join(root, 'build', 'Release', name)
  return {
    setup: 'npm run setup',
    find: () => {
      if (!existsSync(file)) return null
      return job => {
        const common = ['--threads', job.threads, '--context', job.context]
        return { file, args: [job.model, ...common, ...options(job)].map(String) }
      }
    },
  }
}

/** @param {Job} job */
const looped = job => ['--generate', job.tokens - 1, '--flash', job.flashAttention ? 1 : 0]

/** @returns {Command | null} */
function findNodeLlamaCpp() {
  const where = process.env.COT_PRUNE_NODE_LLAMA_CPP ?? folder('node-llama-cpp')
  if (!existsSync(join(where, 'node_modules', 'node-llama-cpp', 'package.json'))) return null
  return job => ({
    file: process.execPath,
    args: [script('node-llama-cpp.mjs'), JSON.stringify(job), where],
  })
}

/**
 * A Python that has all the packages.
 * @param {'transformers' | 'kvpress'} peer
 * @param {readonly string[]} packages
 * @returns {Pick<Peer, 'setup' | 'find'>}
 */
function python(peer, packages) {
  const own = join(folder('python'), 'bin', 'python')
  const file = process.env.COT_PRUNE_PYTHON ?? (existsSync(own) ? own : 'python3')
  const found = packages.map(name => `find_spec("${name}")`).join(' and ')
  const check = `from importlib.util import find_spec; assert ${found}`
  return {
    setup:
      'python3 -m venv .cache/peers/python && .cache/peers/python/bin/pip install -r bench/peers/requirements.txt',
    find: () => {
      try {
        execFileSync(file, ['-c', check], { stdio: 'ignore' })
      } catch {
        return null
      }
      return job => ({ file, args: [script('hf_peer.py'), JSON.stringify({ ...job, peer })] })
    },
  }
}

/** The library itself is the first: all others are compared with it. @type {readonly Peer[]} */
export const peers = [
  {
    name: 'cot-prune',
    jobs: ['generate', 'rows', 'chains', 'row', 'live'],
    setup: 'npm run setup',
    find: () => library,
  },
  { name: 'bare loop', jobs: ['generate'], ...program('bare_loop', looped) },
  {
    name: 'batched loop',
    jobs: ['chains'],
    ...program('batched_loop', job => [...looped(job), '--chains', job.chains]),
  },
  {
    name: 'llama.cpp, cb_eval on every layer',
    jobs: ['rows', 'row', 'live'],
    ...program('eval_callback_loop', ({ name, tokens }) =>
      name === 'rows' ? ['--generate', tokens - 1] : ['--live', name === 'live' ? 1 : 0],
    ),
  },
  {
    name: 'node-llama-cpp',
    jobs: ['generate', 'chains'],
    setup:
      'npm install --prefix .cache/peers/node-llama-cpp --ignore-scripts node-llama-cpp@3.22.1',
    find: findNodeLlamaCpp,
  },
  {
    name: 'transformers, eager',
    jobs: ['generate', 'rows', 'chains', 'row', 'live'],
    ...python('transformers', ['torch', 'transformers', 'gguf', 'accelerate']),
  },
  {
    name: 'kvpress, window of 1',
    jobs: ['generate', 'row'],
    ...python('kvpress', ['torch', 'transformers', 'gguf', 'accelerate', 'kvpress']),
  },
]
