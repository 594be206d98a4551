/** The page, and what it asks the server for. */

import type { Hono } from 'hono'
import { array, integer, nonEmptyString } from '../../base/check.js'
import { withErrors } from '../answer/chat-bodies.js'
import { type Serving, signalOf } from '../context.js'
import { readJson } from '../http/body.js'
import { eventStream } from '../http/event-stream.js'
import { primed } from '../http/primed.js'
import { Fields } from '../request/fields.js'
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
  app.post('/page/answers', async context => {
    const fields = new Fields(await body(context.req.raw, serving), ['id', 'threshold', 'methods'])
    const trace = kept.get(nonEmptyString('id', fields.raw('id')))
    const places = array('methods', fields.raw('methods'), 'an array of places')
    const asked = {
      threshold: fields.number('threshold', { min: 0, max: 1 }) ?? 0,
      methods: places.map((place, i) =>
        integer(`methods[${i}]`, place, { min: 0, max: trace.scored.length - 1 }),
      ),
    }
    const leave = trace.host.admission.enter(1)
    try {
      return context.json(await answers(trace, asked, signalOf(context.req.raw, serving)))
    } finally {
      leave()
    }
  })
  app.get('/page/trace/:id', context => {
    const { scored } = kept.get(context.req.param('id'))
    const [first] = scored
    return context.body(JSON.stringify(first?.trace ?? null), 200, {
      'Content-Type': 'application/json',
      'Content-Disposition': 'attachment; filename="trace.json"',
    })
  })
}

const body = (request: Request, { options }: Serving) => readJson(request, options)

async function solveRoute(request: Request, serving: Serving, kept: KeptTraces): Promise<Response> {
  const known = ['model', 'problem', 'max_tokens', 'seed', 'temperature']
  const fields = new Fields(await body(request, serving), known)
  const host = serving.models.pick(fields.string('model') ?? null)
  const question = {
    problem: nonEmptyString('problem', fields.raw('problem')),
    maxTokens: fields.integer('max_tokens', 1, 2 ** 24) ?? 2048,
    seed: fields.integer('seed', 0, 2 ** 32 - 1) ?? 0,
    temperature: fields.number('temperature', { min: 0, max: 100 }),
  }
  const leave = host.admission.enter(1)
  const end = await host.turns.take()
  const done = () => {
    end()
    leave()
  }
  try {
    const events = await primed(solve(host, question, kept, signalOf(request, serving)))
    return eventStream(withErrors(events, done), serving.options)
  } catch (error) {
    done()
    throw error
  }
}
