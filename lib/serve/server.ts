/** A server: it begins to listen, answers, and ends what runs before it goes. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CotPruneError } from '../base/errors.js'
import { routes } from './app.js'
import { BodyRoom } from './http/body.js'
import { httpPackages } from './http/packages.js'
import { guardConnections } from './http/unreadable.js'
import { resolveServeOptions, type ServeOptions } from './options.js'
import { closing } from './run/admission.js'
import { Models } from './run/models.js'
import { within } from './within.js'

/** A server that listens, until it is closed. */
export interface RunningServer extends AsyncDisposable {
  readonly host: string
  /** That it listens on, also where any was asked for. */
  readonly port: number
  /** null: nobody has to know one. */
  readonly token: string | null
  /** What clients take for their base URL. */
  readonly apiUrl: string
  /** With the token in it; null where there is no page. */
  readonly pageUrl: string | null
  /** The models' names, in the order of the options. */
  readonly models: readonly string[]
  /**
   * Idempotent. Takes no more requests, waits for those that run (`graceMillis` at most, then they end where they are), and
   * frees the models.
   */
  close(): Promise<void>
}

/**
 * Serve models by the API that OpenAI's clients speak, and a page.
 *
 * @throws TypeError or RangeError that names the option; CotPruneError ERR_OPTIONAL_PACKAGE (no HTTP library), ERR_SERVE
 * (the address is taken, or not of this machine), and as `loadModel` for the first model
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const resolved = resolveServeOptions(options)
  const { Hono, createAdaptorServer } = await httpPackages()
  const models = new Models(resolved)
  const stopping = new AbortController()
  let open = true
  const app = routes(new Hono(), {
    options: resolved,
    models,
    room: new BodyRoom(resolved),
    stopping: stopping.signal,
    open: () => open,
  })
  const { clientMillis, host, port, graceMillis, token } = resolved
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: Math.ceil(clientMillis),
      // the body has a limit of its own, which says what is wrong
      requestTimeout: Math.ceil(clientMillis) + 5000,
      connectionsCheckingInterval: 1000,
    },
  }) as Server
  guardConnections(server, clientMillis)
  try {
    await models.all[0]?.model()
    await listen(server, port, host)
  } catch (error) {
    await Promise.all(models.all.map(model => model.close()))
    throw error
  }
  const address = server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  const base = `http://${shown === '0.0.0.0' || shown === '[::]' ? '127.0.0.1' : shown}:${address.port}`
  let closed: Promise<void> | null = null
  const close = async () => {
    open = false
    const ended = new Promise<void>(done => server.close(() => done()))
    server.closeIdleConnections()
    for (const { admission } of models.all) admission.close()
    await within(Promise.all(models.all.map(({ admission }) => admission.empty())), graceMillis)
    stopping.abort(closing())
    // what was answered has still to be sent, and what was ended to be told so
    const sweep = setInterval(() => server.closeIdleConnections(), 20)
    await within(ended, lastMillis)
    clearInterval(sweep)
    server.closeAllConnections()
    await ended
    await Promise.all(models.all.map(model => model.close()))
  }
  const closeOnce = () => {
    closed ??= close()
    return closed
  }
  return {
    host: address.address,
    port: address.port,
    token,
    apiUrl: `${base}/v1`,
    pageUrl: resolved.page
      ? `${base}/${token === null ? '' : `?token=${encodeURIComponent(token)}`}`
      : null,
    models: models.all.map(({ id }) => id),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  }
}

/** For what was ended to be told so. */
const lastMillis = 2000

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      const message = `cannot listen at ${host}:${port}: ${cause.message}`
      reject(new CotPruneError('ERR_SERVE', message, { cause }))
    })
    server.listen(port, host, resolve)
  })
}
