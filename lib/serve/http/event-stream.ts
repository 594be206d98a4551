/** Server-sent events. What is next is made when the client has taken what was before: a slow reader slows its own stream. */

import { within } from '../within.js'

/** Milliseconds of silence behind which a comment says that the server is alive. */
const pingMillis = 15_000

/** @param events the data of each, without the frame; its `return` is called where the client goes away, or is let go */
export function eventStream(events: AsyncGenerator<string, void, undefined>): Response {
  const encoder = new TextEncoder()
  let next: Promise<IteratorResult<string, void>> | null = null
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      next ??= events.next()
      const found = await within(next, pingMillis)
      if (found === null) return controller.enqueue(encoder.encode(': still here\n\n'))
      next = null
      if (found.done) return controller.close()
      controller.enqueue(encoder.encode(`data: ${found.value}\n\n`))
    },
    cancel() {
      events.return().catch(() => {})
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
