/** The routes, and what every request goes through before them. */

import type { Hono } from 'hono'
import type { Serving } from './context.js'
import { ApiError, toApiError } from './http/api-error.js'
import { checkHost, checkToken } from './http/guard.js'
import { pageRoutes } from './page/routes.js'
import { chat } from './routes/chat.js'
import { completions } from './routes/completions.js'
import { listModels, oneModel } from './routes/models.js'
import { closing } from './run/admission.js'

/** Without a key: who checks whether a server lives has none. */
const open: readonly string[] = ['/health', '/v1/health']

/** @param app an empty one */
export function routes(app: Hono, serving: Serving): Hono {
  const { models, options } = serving
  app.use(async (context, next) => {
    const asking = {
      header: (name: string) => context.req.header(name),
      urlToken: context.req.method === 'GET' ? context.req.query('token') : undefined,
    }
    checkHost(asking, options)
    if (!open.includes(context.req.path)) checkToken(asking, options)
    await next()
    for (const [name, value] of headers) context.res.headers.set(name, value)
  })
  for (const path of open) {
    app.get(path, () =>
      serving.open()
        ? Response.json({ status: 'ok' })
        : Response.json(closing().body, { status: 503 }),
    )
  }
  app.get('/v1/models', async context => context.json(await listModels(models)))
  app.get('/v1/models/:id{.+}', async context =>
    context.json(await oneModel(models, context.req.param('id'))),
  )
  app.post('/v1/chat/completions', context => chat(context.req.raw, serving))
  app.post('/v1/completions', context => completions(context.req.raw, serving))
  if (options.page) pageRoutes(app, serving)
  app.all('*', context => {
    const what = `there is no ${context.req.method} ${context.req.path.slice(0, 200)} here`
    throw new ApiError(404, 'not_found_error', 'not_found', what)
  })
  app.onError(error => answerOf(error))
  return app
}

/** Nothing here is for another site, or for a cache. */
const headers = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cache-Control', 'no-store'],
] as const

function answerOf(error: unknown): Response {
  const { body, status, headers: own } = toApiError(error)
  return Response.json(body, { status, headers: { ...Object.fromEntries(headers), ...own } })
}
