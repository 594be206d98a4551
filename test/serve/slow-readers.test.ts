/** Clients that ask and read nothing: what they were to get is not made in advance, and they are let go. */

import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { eventStream } from '../../dist/serve/http/event-stream.js'
import { httpPackages } from '../../dist/serve/http/packages.js'
import { guardConnections } from '../../dist/serve/http/unreadable.js'

const clientMillis = 300
const { createAdaptorServer } = await httpPackages()

/** A server that gives everybody the same answer. */
async function answering(t: Test, answer: () => Response) {
  const server = createAdaptorServer({ fetch: answer }) as Server
  guardConnections(server, clientMillis)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const connections = promisify(server.getConnections.bind(server))
  return { port, connections }
}

/** Asks, and reads nothing. */
function ask(port: number): Socket {
  const text = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const socket = connect(port, '127.0.0.1', () => socket.write(text))
  socket.on('error', () => {})
  return socket.pause()
}

/** Bytes of what is left to read. */
async function readAll(socket: Socket): Promise<number> {
  let bytes = 0
  socket.on('data', data => {
    bytes += data.length
  })
  await once(socket.resume(), 'close')
  return bytes
}

t.test('a stream is made as it is read, and ends where nobody reads it', async t => {
  let made = 0
  let end = () => {}
  const ended = new Promise<void>(done => {
    end = done
  })
  async function* events() {
    try {
      for (;;) {
        made++
        yield 'x'.repeat(100_000)
      }
    } finally {
      end()
    }
  }
  const { port } = await answering(t, () => eventStream(events()))
  const socket = ask(port)
  await ended
  t.ok(made < 200, `${made} events of 100 kB were made for a connection that takes none`)
  const bytes = await readAll(socket)
  t.ok(bytes > 0 && bytes <= made * 100_100, 'it is closed, and what was on its way came')
})

t.test('an answer in one piece is thrown away where nobody reads it', async t => {
  const text = 'x'.repeat(50_000_000)
  const { port, connections } = await answering(t, () => Response.json(text))
  const socket = ask(port)
  await once(socket, 'connect')
  while ((await connections()) > 0) await sleep(20)
  t.ok((await readAll(socket)) < text.length, 'the rest is gone')
})

t.test('who reads slowly gets all of it', async t => {
  const text = 'x'.repeat(8_000_000)
  const { port } = await answering(t, () => Response.json(text))
  const socket = ask(port)
  let bytes = 0
  socket.on('data', data => {
    bytes += data.length
    socket.pause()
    setTimeout(() => socket.resume(), 5)
  })
  socket.resume()
  while (bytes < text.length && !socket.destroyed) await sleep(10)
  t.ok(bytes > text.length)
  socket.destroy()
})
