/** A worker that another process has started: does what that one says, and ends with it. */

import type { OpenWorkplace, Workplace, WorkSpec } from '../types.js'
import { codeOf, type FromWorker, fatalCodes, messageOf, type ToWorker } from './messages.js'

/** Resolves when the one that started it is gone, or has let go. */
export async function serveParent(open: OpenWorkplace): Promise<void> {
  const ending = new AbortController()
  const gone = new Promise<void>(resolve => {
    process.once('disconnect', () => {
      ending.abort()
      resolve()
    })
  })
  const tell = (message: FromWorker) => {
    if (process.connected) process.send?.(message)
  }
  const places: Promise<Workplace>[] = []
  const begin = async (spec: WorkSpec) => {
    try {
      const place = open(spec, ending.signal)
      places.push(place)
      const { fingerprint, info } = await place
      tell({ type: 'ready', fingerprint, info })
    } catch (error) {
      tell({ type: 'refused', code: codeOf(error), message: messageOf(error) })
    }
  }
  const work = async (id: string, data: unknown) => {
    try {
      tell({ type: 'done', id, result: await (await places[0])?.do(data) })
    } catch (error) {
      tell({ type: 'failed', id, code: codeOf(error), message: messageOf(error) })
      if (fatalCodes.includes(codeOf(error))) process.disconnect()
    }
  }
  process.on('message', (message: ToWorker) => {
    if (message.type === 'work') void begin(message.spec)
    else void work(message.id, message.data)
  })
  await gone
  for (const opened of await Promise.allSettled(places)) {
    if (opened.status === 'fulfilled') await opened.value.close()
  }
}
