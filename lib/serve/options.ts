/** Options of a server. */

import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import {
  array,
  boolean,
  checkKnown,
  integer,
  isObject,
  keysOf,
  nonEmptyString,
  number,
  oneOf,
} from '../base/check.js'
import { invalidType, invalidValue } from '../base/errors.js'
import { type History, histories } from '../chat/index.js'
import type { ModelOptions } from '../index.js'

/** A model that is served, and by what name. */
export interface ServedModel {
  /** A GGUF file. */
  readonly path: string
  /** @default the file's name without its ending */
  readonly id?: string | undefined
  /** How it is loaded. */
  readonly options?: ModelOptions | undefined
}

/** What `serve` takes. */
export interface ServeOptions {
  /** The first one is loaded at once, the others when they are asked for. */
  readonly models: readonly (string | ServedModel)[]
  /** @default '127.0.0.1' */
  readonly host?: string | undefined
  /** 0: any that is free. @default 0 */
  readonly port?: number | undefined
  /** What clients have to know; null: nothing. @default a random one */
  readonly token?: string | null | undefined
  /** Names by which clients may call this machine, beside addresses and localhost. @default none */
  readonly allowedHosts?: readonly string[] | undefined
  /** Requests of a model that share a batch, 1 to 64. @default 4 */
  readonly parallel?: number | undefined
  /** Tokens of one request, prompt included. @default the trained context, at most 8192 */
  readonly contextLength?: number | undefined
  /** Requests of a model that may wait for the others, 0 to 10,000. @default 16 */
  readonly queue?: number | undefined
  /** Threads that decode; as of `createSession`. */
  readonly threads?: number | undefined
  /** Where a request does not say it. @default 'drop' */
  readonly history?: History | undefined
  /** Bytes of a request. @default 4 MiB */
  readonly bodyLimit?: number | undefined
  /** Milliseconds that a request may take to arrive, and that a client may take to read. @default 30,000 */
  readonly clientMillis?: number | undefined
  /** Milliseconds that `close` waits for what runs. @default 10,000 */
  readonly graceMillis?: number | undefined
  /** Whether there is a page at /. @default true */
  readonly page?: boolean | undefined
}

export interface ResolvedServeOptions {
  readonly models: readonly {
    readonly id: string
    readonly path: string
    readonly options: ModelOptions
  }[]
  readonly host: string
  readonly port: number
  readonly token: string | null
  readonly allowedHosts: readonly string[]
  readonly parallel: number
  readonly contextLength: number | null
  readonly queue: number
  readonly threads: number | undefined
  readonly history: History
  readonly bodyLimit: number
  readonly clientMillis: number
  readonly graceMillis: number
  readonly page: boolean
}

const keys = keysOf<ServeOptions>({
  models: true,
  host: true,
  port: true,
  token: true,
  allowedHosts: true,
  parallel: true,
  contextLength: true,
  queue: true,
  threads: true,
  history: true,
  bodyLimit: true,
  clientMillis: true,
  graceMillis: true,
  page: true,
})

const millis = { min: 1, max: 2 ** 31 - 1 }

/** @throws TypeError or RangeError that names the option */
export function resolveServeOptions(options: ServeOptions): ResolvedServeOptions {
  if (!isObject(options)) throw invalidType('options', 'an object with models', options)
  checkKnown('options', options, keys)
  const { host = '127.0.0.1', port = 0, token, parallel = 4, queue = 16, contextLength } = options
  const { history = 'drop', bodyLimit = 4 * 2 ** 20, clientMillis = 30_000 } = options
  const { graceMillis = 10_000, page = true, threads, allowedHosts = [] } = options
  return {
    models: modelsOf(options.models),
    host: nonEmptyString('options.host', host),
    port: integer('options.port', port, { min: 0, max: 65_535 }),
    token: tokenOf(token),
    allowedHosts: array('options.allowedHosts', allowedHosts, 'an array of names').map((name, i) =>
      nonEmptyString(`options.allowedHosts[${i}]`, name).toLowerCase(),
    ),
    parallel: integer('options.parallel', parallel, { min: 1, max: 64 }),
    contextLength:
      contextLength === undefined
        ? null
        : integer('options.contextLength', contextLength, { min: 256, max: 2 ** 24 }),
    queue: integer('options.queue', queue, { min: 0, max: 10_000 }),
    threads:
      threads === undefined ? undefined : integer('options.threads', threads, { min: 1, max: 512 }),
    history: oneOf('options.history', history, histories),
    bodyLimit: integer('options.bodyLimit', bodyLimit, { min: 1024, max: 2 ** 30 }),
    clientMillis: number('options.clientMillis', clientMillis, millis),
    graceMillis: number('options.graceMillis', graceMillis, { ...millis, min: 0 }),
    page: boolean('options.page', page),
  }
}

function tokenOf(token: unknown): string | null {
  if (token === null) return null
  // 192 bits: nobody guesses it, and a URL takes it as it is
  if (token === undefined) return randomBytes(24).toString('base64url')
  return nonEmptyString('options.token', token)
}

function modelsOf(value: unknown): ResolvedServeOptions['models'] {
  const list = array('options.models', value, 'an array of GGUF files')
  if (list.length === 0) throw invalidValue('options.models', 'at least one GGUF file', value)
  const models = list.map((entry, i) => modelOf(`options.models[${i}]`, entry))
  const twice = models.find(({ id }, i) => models.findIndex(other => other.id === id) !== i)
  if (twice === undefined) return models
  throw invalidValue('options.models', 'models of different names', twice.id)
}

function modelOf(name: string, value: unknown): ResolvedServeOptions['models'][number] {
  const given: unknown = typeof value === 'string' ? { path: value } : value
  if (!isObject(given)) throw invalidType(name, 'a path, or an object with one', value)
  checkKnown(name, given, keysOf<ServedModel>({ path: true, id: true, options: true }))
  const { path, id, options = {} }: { [K in keyof ServedModel]?: unknown } = given
  const file = nonEmptyString(`${name}.path`, path)
  return {
    path: file,
    id:
      id === undefined ? basename(file).replace(/\.gguf$/i, '') : nonEmptyString(`${name}.id`, id),
    // the seam: `loadModel` checks them
    options: options as ModelOptions,
  }
}
