/**
 * Servers that hold layers of a model on other machines (ggml-rpc): their addresses, and a look at each before llama.cpp
 * connects, which would wait for as long as TCP does.
 */

import { connect, type Socket } from 'node:net'
import type { RpcServerInfo } from '../../types/public.js'
import { array, string } from '../base/check.js'
import { CotPruneError, invalidValue } from '../base/errors.js'

/** llama.cpp takes no more devices than these. */
const maxServers = 16
/** Of ggml-rpc.h: a client of another major version is not understood. */
export const rpcProtocol = 7

/** Commands of ggml-rpc.cpp, `enum rpc_cmd`. */
const deviceMemory = 11
const hello = 14
const deviceCount = 15

/** @throws TypeError that names the option */
export function resolveRpcServers(value: unknown): readonly string[] {
  if (value === undefined) return []
  const name = 'options.rpcServers'
  const servers = array(name, value, 'an array of HOST:PORT').map((one, i) => {
    return rpcAddress(`${name}[${i}]`, one)
  })
  if (servers.length > maxServers) throw invalidValue(name, `at most ${maxServers} servers`, value)
  const twice = servers.find((server, i) => servers.indexOf(server) !== i)
  if (twice !== undefined) throw invalidValue(name, 'servers, each of them once', twice)
  return servers
}

/** ggml-rpc knows no IPv6. */
export function rpcAddress(name: string, value: unknown): string {
  const text = string(name, value)
  const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
  const [, port] = new RegExp(`^${label}(?:\\.${label})*:(\\d{1,5})$`).exec(text) ?? []
  if (Number(port) >= 1 && Number(port) <= 65_535) return text
  throw invalidValue(name, 'HOST:PORT, the host a name or an IPv4 address', value)
}

/**
 * Ask servers for their devices, all at once and each for a few seconds at most.
 *
 * @param servers HOST:PORT of each
 * @returns in the order of `servers`; memory in bytes
 * @throws TypeError that names the server; CotPruneError ERR_RPC_SERVER where one cannot be reached, is silent (it serves
 * one client at a time), or is none of this version; `signal.reason` when aborted
 */
export async function askRpcServers(
  servers: readonly string[],
  signal?: AbortSignal | null,
): Promise<readonly RpcServerInfo[]> {
  const addresses = servers.map((one, i) => rpcAddress(`servers[${i}]`, one))
  return Promise.all(addresses.map(one => askRpcServer(one, signal ?? null)))
}

/** @param patience milliseconds that it may take to accept a connection, and then to answer each question */
export async function askRpcServer(
  address: string,
  signal: AbortSignal | null,
  patience = 5000,
): Promise<RpcServerInfo> {
  signal?.throwIfAborted()
  const client = new Client(address, patience)
  const abort = () => client.close()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await client.open()
    return await client.describe()
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    client.close()
  }
}

/** A connection on which one question after another is asked. */
class Client {
  readonly #address: string
  readonly #patience: number
  readonly #socket: Socket
  #received = Buffer.alloc(0)
  #wake: () => void = () => {}
  #failed: Error | null = null
  #ended = false

  constructor(address: string, patience: number) {
    this.#address = address
    this.#patience = patience
    const colon = address.lastIndexOf(':')
    const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))]
    this.#socket = connect({ host, port, family: 4, noDelay: true })
    this.#socket.on('data', (data: Buffer) => {
      this.#received = Buffer.concat([this.#received, data])
      this.#wake()
    })
    this.#socket.on('connect', () => this.#wake())
    this.#socket.on('error', (error: Error) => {
      this.#failed = error
      this.#wake()
    })
    this.#socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  async open(): Promise<void> {
    const why = `it does not answer within ${this.#patience / 1000} s: a firewall, or no such machine`
    await this.#until(() => !this.#socket.connecting, why)
  }

  async describe(): Promise<RpcServerInfo> {
    const version = await this.#request(hello, Buffer.alloc(24), 28)
    const [major, minor, patch] = version
    if (major !== rpcProtocol) {
      const spoken = `it speaks version ${major}.${minor}.${patch} of ggml-rpc, needed is ${rpcProtocol}`
      throw this.#error(`${spoken}: run cot-prune of the same version on both sides`)
    }
    const count = (await this.#request(deviceCount, Buffer.alloc(0), 4)).readUInt32LE()
    const devices: RpcServerInfo['devices'][number][] = []
    for (let device = 0; device < Math.min(count, maxServers); device++) {
      const index = Buffer.alloc(4)
      index.writeUInt32LE(device)
      const memory = await this.#request(deviceMemory, index, 16)
      const bytes = (at: number) => Number(memory.readBigUInt64LE(at))
      devices.push({ memoryFree: bytes(0), memoryTotal: bytes(8) })
    }
    return { address: this.#address, version: `${major}.${minor}.${patch}`, devices }
  }

  /** Command, size and data there; size and data back. */
  async #request(command: number, data: Buffer, size: number): Promise<Buffer> {
    const head = Buffer.alloc(9)
    head.writeUInt8(command)
    head.writeBigUInt64LE(BigInt(data.length), 1)
    this.#socket.write(Buffer.concat([head, data]))
    const why = `it is silent for ${this.#patience / 1000} s: it serves another client (one at a time), or hangs`
    await this.#until(() => this.#received.length >= 8 + size, why)
    if (this.#received.readBigUInt64LE() !== BigInt(size)) throw this.#error(noServer)
    const answer = this.#received.subarray(8, 8 + size)
    this.#received = this.#received.subarray(8 + size)
    return answer
  }

  async #until(done: () => boolean, why: string): Promise<void> {
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.#wake()
    }, this.#patience)
    try {
      while (!done()) {
        if (this.#failed !== null) throw this.#unreachable(this.#failed)
        if (late) throw this.#error(why)
        if (this.#ended || this.#isNoAnswer()) throw this.#error(noServer)
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
      }
      if (this.#failed !== null) throw this.#unreachable(this.#failed)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Of the sizes that are asked for here, no byte behind the first is set: text is found out at once. */
  #isNoAnswer(): boolean {
    return this.#received.length >= 8 && this.#received.subarray(1, 8).some(byte => byte !== 0)
  }

  #unreachable(cause: Error): CotPruneError {
    const code = 'code' in cause ? String(cause.code) : cause.message
    const text = `it cannot be reached (${code}): start it with cot-prune rpc-server, or name another`
    return this.#error(text, cause)
  }

  #error(text: string, cause?: Error): CotPruneError {
    return new CotPruneError('ERR_RPC_SERVER', `the RPC server ${this.#address}: ${text}`, {
      cause,
    })
  }
}

const noServer = 'what listens there is no ggml-rpc server'
