/** From a run to a response: one body, or a stream; whatever happens, the run is ended. */

import { primed } from '../../chat/index.js'
import { linkedTo, type Serving } from '../context.js'
import { toApiError } from '../http/api-error.js'
import { eventStream } from '../http/event-stream.js'

export interface Answering<R> {
  readonly stream: boolean
  begin(signal: AbortSignal): Promise<R>
  body(run: R): Promise<object>
  /** The data of each event. */
  chunks(run: R): AsyncGenerator<string, void, undefined>
}

export async function respond<R extends { end(): void }>(
  request: Request,
  serving: Serving,
  { stream, begin, body, chunks }: Answering<R>,
): Promise<Response> {
  const { signal, unlink } = linkedTo(request, serving)
  let run: R | null = null
  const end = () => {
    run?.end()
    unlink()
  }
  try {
    run = await begin(signal)
    if (stream) {
      const events = await primed(chunks(run))
      return eventStream(untilEnd(events, end))
    }
    const response = Response.json(await body(run))
    end()
    return response
  } catch (error) {
    end()
    throw error
  }
}

/** What goes wrong in the middle is told in the stream, which then ends: the status was sent long ago. */
async function* untilEnd(
  events: AsyncGenerator<string, void, undefined>,
  end: () => void,
): AsyncGenerator<string, void, undefined> {
  try {
    yield* events
  } catch (error) {
    yield JSON.stringify(toApiError(error).body)
  } finally {
    end()
  }
}
