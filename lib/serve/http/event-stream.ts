/** Server-sent events. What is next is made when the client has taken what was before: a slow reader slows its own stream. */

import { within } from '../within.js'

export interface StreamLimits {
  /** A client that takes nothing for so long is given up. */
  readonly clientMillis: number
  /** Milliseconds of silence behind which a comment says that the server is alive. @default 15,000 */
  readonly pingMillis?: number
}

/** @param events the data of each, without the frame; its `return` is called where the client goes away */
export function eventStream(
  events: AsyncGenerator<string, void, undefined>,
  { clientMillis, pingMillis = 15_000 }: StreamLimits,
): Response {
  const encoder = new TextEncoder()
  let next: Promise<IteratorResult<string, void>> | null = null
  let stalled: NodeJS.Timeout | undefined
  const giveUp = () => void events.return().catch(() => {})
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      clearTimeout(stalled)
      next ??= events.next()
      const found = await within(next, pingMillis)
      if (found === null) return controller.enqueue(encoder.encode(': still here\n\n'))
      next = null
      if (found.done) return controller.close()
      controller.enqueue(encoder.encode(`data: ${found.value}\n\n`))
      stalled = setTimeout(() => {
        giveUp()
        controller.error(new Error('the client reads nothing'))
      }, clientMillis)
    },
    cancel() {
      clearTimeout(stalled)
      giveUp()
    },
  })
  return new Response(body, {
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // proxies would collect it
      'X-Accel-Buffering': 'no',
    },
  })
}
