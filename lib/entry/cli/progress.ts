/** Progress on stderr: bars on a terminal, elsewhere one line for each finished problem. */

import type { ExperimentEvent, Stage } from '../../experiment/index.js'

type ResultEvent = Omit<Extract<ExperimentEvent, { type: 'result' }>, 'type'>

export interface Progress {
  /** 0 to 1 while the weights load. */
  load(fraction: number): void
  event(event: ExperimentEvent): void
  /** Clear what is drawn; needed before anything else is written to the terminal. */
  stop(): void
}

const verbs: Readonly<Record<Stage, string>> = {
  generate: 'thinking',
  score: 'scoring',
  evaluate: 'answering again',
}

/** The progress that suits `stream`; cli-progress is loaded for terminals only. */
export async function createProgress(stream: NodeJS.WriteStream): Promise<Progress> {
  return stream.isTTY ? createBars(stream) : createLines(stream)
}

function createLines(stream: NodeJS.WriteStream): Progress {
  return {
    load() {},
    event(event) {
      if (event.type === 'result') stream.write(`${lineOf(event)}\n`)
    },
    stop() {},
  }
}

/** A job that counts what it has done, on stderr. */
export async function counted<T>(
  doing: string,
  job: (onTrace: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const counter = await createCounter(process.stderr, doing)
  try {
    return await job(counter.at)
  } finally {
    counter.stop()
  }
}

/** `calibrating 3/30`, a bar on a terminal. */
async function createCounter(
  stream: NodeJS.WriteStream,
  doing: string,
): Promise<{ at(done: number, total: number): void; stop(): void }> {
  if (!stream.isTTY) {
    return { at: (done, total) => stream.write(`${doing} ${done}/${total}\n`), stop() {} }
  }
  const { default: bars } = await import('cli-progress')
  const format = `${doing}  {bar} {value}/{total}`
  const bar = new bars.SingleBar({ ...style(stream), format })
  return {
    at(done, total) {
      if (!bar.isActive) bar.start(total, 0)
      bar.update(done)
    },
    stop: () => bar.stop(),
  }
}

const style = (stream: NodeJS.WriteStream) => ({
  stream,
  hideCursor: true,
  clearOnComplete: true,
  fps: 5,
  barsize: 24,
})

/** `3/10 id 7: 12 steps, 340 tokens, 4.1 s, answer 38 is right` */
export function lineOf({ result, done, total }: ResultEvent): string {
  const { id, steps, trace, thresholds, expected, millis } = result
  const own = thresholds[0]
  const verdict =
    own?.predicted == null
      ? 'no answer'
      : `answer ${own.predicted}${own.correct ? ' is right' : expected === null ? '' : `, expected ${expected}`}`
  const counts = `${steps.length} step${steps.length === 1 ? '' : 's'}, ${trace.tokens} tokens, ${(millis / 1000).toFixed(1)} s`
  return `${done}/${total} id ${id}: ${counts}, ${verdict}`
}

async function createBars(stream: NodeJS.WriteStream): Promise<Progress> {
  const { default: bars } = await import('cli-progress')
  const loading = new bars.SingleBar({ ...style(stream), format: 'loading   {bar} {percentage}%' })
  const running = new bars.SingleBar({
    ...style(stream),
    format: 'problems  {bar} {value}/{total}  {doing}',
  })
  let [id, tokens] = ['', 0]
  const doing = (stage: Stage) => ({
    doing: `id ${id}: ${verbs[stage]}${tokens > 0 ? `, ${tokens} tokens` : ''}`,
  })
  return {
    load(fraction) {
      if (!loading.isActive) loading.start(100, 0)
      loading.update(Math.round(fraction * 100))
      if (fraction >= 1) loading.stop()
    },
    event(event) {
      if (event.type === 'problem') {
        id = event.id
        tokens = 0
        loading.stop()
        if (!running.isActive) running.start(event.total, event.done, doing('generate'))
      }
      if (event.type === 'tokens') {
        tokens = event.tokens
        running.update(doing('generate'))
      }
      if (event.type === 'stage') running.update(doing(event.stage))
      if (event.type === 'result') running.increment(1)
    },
    stop() {
      loading.stop()
      running.stop()
    },
  }
}
