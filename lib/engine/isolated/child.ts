/** The process of an isolated model: answers what it is asked, by the addon. It is started by model-process.ts alone. */

import type { Engine, ModelHandle, NativeModelInfo } from '../../../types/native.js'
import { native } from '../native.js'
import { type FromChild, type Reply, type Request, toPlain } from './protocol.js'
import { SessionSource } from './session-source.js'

/** How often the progress of a load is told, in milliseconds. */
const progressEvery = 40

const sessions = new Map<number, SessionSource>()
let opened: ModelHandle | null = null

function tell(message: FromChild): void {
  process.send?.(message)
}

/** A method of the addon, whose arguments were checked where they come from, and are checked again by it. */
function call(engine: Engine, method: keyof Engine, ...args: readonly unknown[]): unknown {
  return Reflect.apply(engine[method], engine, args)
}

async function open(engine: Engine, args: readonly unknown[]): Promise<NativeModelInfo> {
  const control = engine.controlCreate()
  const timer = setInterval(() => {
    tell({ progress: engine.controlProgress(control) })
  }, progressEvery)
  try {
    opened = (await call(engine, 'modelOpen', control, ...args)) as ModelHandle
    return engine.modelInfo(opened)
  } finally {
    clearInterval(timer)
  }
}

async function openSession(engine: Engine, id: number, args: readonly unknown[]): Promise<void> {
  const handle = await call(engine, 'sessionOpen', opened, ...args)
  sessions.set(id, new SessionSource(engine, handle as SessionSource['handle']))
}

function sourceOf(id: number): SessionSource {
  const source = sessions.get(id)
  if (source === undefined) throw new Error(`there is no session ${id}`)
  return source
}

/** The value that answers a request. */
async function answer(engine: Engine, { method, session, args }: Request): Promise<unknown> {
  if (method === 'modelOpen') return open(engine, args)
  if (session === null) return call(engine, method as keyof Engine, opened, ...args)
  if (method === 'sessionOpen') return openSession(engine, session, args)
  const source = sourceOf(session)
  const { fault } = source
  source.fault = null
  if (fault !== null && method !== 'sessionClose') throw fault.error
  const value = await call(engine, method as keyof Engine, source.handle, ...args)
  if (method === 'sessionClose') sessions.delete(session)
  return value
}

async function reply(request: Request, id: number): Promise<void> {
  let outcome: Reply['outcome']
  try {
    outcome = { value: await answer(native(), request) }
  } catch (error) {
    outcome = { error: toPlain(error) }
  }
  const { method, session, args } = request
  const source = session === null ? undefined : sessions.get(session)
  tell({ id, outcome, session: source?.change(method, args) ?? null })
}

/** What is not answered: settings and signals. */
function follow({ method, session, args }: Request): void {
  if (session === null) return
  if (method === 'sessionForget') {
    sessions.delete(session)
    return
  }
  const source = sessions.get(session)
  if (source === undefined) return
  try {
    call(native(), method as keyof Engine, source.handle, ...args)
  } catch (error) {
    // an abort of what has just ended is of no interest
    if (method !== 'sessionAbort') source.fault = { error }
  }
}

process.on('message', (message: Request) => {
  if (message.id === null) follow(message)
  else void reply(message, message.id)
})

// nobody asks any more: what runs is of no use, and might run for ever
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

// Ctrl-C reaches every process of a terminal: what becomes of this one, the other one decides
process.on('SIGINT', () => {})
