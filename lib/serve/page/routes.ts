/** The page, and what it asks the server for. */

import type { Hono } from 'hono'
import { array, integer, nonEmptyString } from '../../base/check.js'
import type { Serving } from '../context.js'
import { readJson } from '../http/body.js'
import { Fields } from '../request/fields.js'
import { respond } from '../routes/respond.js'
import type { HostedModel } from '../run/hosted-model.js'
import { answers } from './answers.js'
import { html } from './html.js'
import { KeptTraces } from './kept-traces.js'
import { solve } from './solve.js'

export function pageRoutes(app: Hono, serving: Serving): void {
  const kept = new KeptTraces()
  const { models } = serving
  app.get('/', context => {
    const page = html(models.all.map(({ id }) => id))
    return context.body(page.text, 200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': page.policy,
    })
  })
  app.post('/page/solve', context => solveRoute(context.req.raw, serving, kept))
  app.post('/page/answers', context => answersRoute(context.req.raw, serving, kept))
  app.get('/page/trace/:id', context => {
    const { scored } = kept.get(context.req.param('id'))
    const [first] = scored
    return context.body(JSON.stringify(first?.trace ?? null), 200, {
      'Content-Type': 'application/json',
      'Content-Disposition': 'attachment; filename="trace.json"',
    })
  })
}

async function answersRoute(
  request: Request,
  serving: Serving,
  kept: KeptTraces,
): Promise<Response> {
  const body = await readJson(request, serving)
  const fields = new Fields(body, ['id', 'threshold', 'methods'])
  const trace = kept.get(nonEmptyString('id', fields.raw('id')))
  const places = array('methods', fields.raw('methods'), 'an array of places')
  const asked = {
    threshold: fields.number('threshold', { min: 0, max: 1 }) ?? 0,
    methods: places.map((place, i) =>
      integer(`methods[${i}]`, place, { min: 0, max: trace.scored.length - 1 }),
    ),
  }
  return respond(request, serving, {
    stream: false,
    begin: async signal => ({ signal, end: trace.host.admission.enter(1) }),
    body: ({ signal }) => answers(trace, asked, signal),
    chunks: none,
  })
}

async function solveRoute(request: Request, serving: Serving, kept: KeptTraces): Promise<Response> {
  const known = ['model', 'problem', 'max_tokens', 'seed', 'temperature']
  const fields = new Fields(await readJson(request, serving), known)
  const host = serving.models.pick(fields.string('model') ?? null)
  const question = {
    problem: nonEmptyString('problem', fields.raw('problem')),
    maxTokens: fields.integer('max_tokens', 1, 2 ** 24) ?? 2048,
    seed: fields.integer('seed', 0, 2 ** 32 - 1) ?? 0,
    temperature: fields.number('temperature', { min: 0, max: 100 }),
  }
  return respond(request, serving, {
    stream: true,
    begin: async signal => ({ signal, end: await taken(host) }),
    body: async () => ({}),
    chunks: ({ signal }) => solve(host, question, kept, signal),
  })
}

/** A place, and a turn. */
async function taken({ admission, turns }: HostedModel): Promise<() => void> {
  const leave = admission.enter(1)
  const end = await turns.take()
  return () => {
    end()
    leave()
  }
}

async function* none(): AsyncGenerator<string, void, undefined> {}
