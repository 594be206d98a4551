/** Progress on stderr: bars on a terminal, elsewhere about ten lines a job, nothing where it is to be quiet. */

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

/** What every command that takes its time has: no progress and no notes. */
export interface QuietFlag {
  readonly quiet?: boolean
}

/** The progress that suits `stream`; cli-progress is loaded for terminals only. */
export async function createProgress(
  stream: NodeJS.WriteStream,
  { quiet = false }: QuietFlag = {},
): Promise<Progress> {
  return stream.isTTY && !quiet ? createBars(stream) : createLines(progressLines(stream, { quiet }))
}

function createLines(write: WriteLine): Progress {
  return {
    load() {},
    event(event) {
      if (event.type === 'result') write(event.done, event.total, () => lineOf(event))
    },
    stop() {},
  }
}

/** A line for what was just done, `done` of `total`; written or left out. */
export type WriteLine = (done: number, total: number, line: () => string) => void

/** Lines of one job at most, so that a log of it can be read. */
const mostLines = 10

/** Writes about ten lines a job, evenly spread, and the last one always; all of them on a terminal. */
export function progressLines(
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>,
  { quiet = false }: QuietFlag = {},
): WriteLine {
  const part = (done: number, total: number) => Math.floor((done * mostLines) / total)
  return (done, total, line) => {
    const told = stream.isTTY || done >= total || part(done, total) > part(done - 1, total)
    if (told && !quiet) stream.write(`${line()}\n`)
  }
}

/** Says something on stderr that is no result and no fault. */
export function note(text: string, { quiet = false }: QuietFlag): void {
  if (!quiet) process.stderr.write(`${text}\n`)
}

/** A job that counts what it has done, on stderr. */
export async function counted<T>(
  doing: string,
  flags: QuietFlag,
  job: (onTrace: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const counter = await createCounter(process.stderr, doing, flags)
  try {
    return await job(counter.at)
  } finally {
    counter.stop()
  }
}

/** `calibrating 3/30`, a bar on a terminal. */
export async function createCounter(
  stream: NodeJS.WriteStream,
  doing: string,
  flags: QuietFlag,
): Promise<{ at(done: number, total: number): void; stop(): void }> {
  if (!stream.isTTY || flags.quiet) {
    const write = progressLines(stream, flags)
    const at = (done: number, total: number) =>
      write(done, total, () => `${doing} ${done}/${total}`)
    return { at, stop() {} }
  }
  const { default: bars } = await import('cli-progress')
  const format = `${doing}  {bar} {value}/{total}`
  const bar = new bars.SingleBar({ ...barStyle(stream), format })
  return {
    at(done, total) {
      if (!bar.isActive) bar.start(total, 0)
      bar.update(done)
    },
    stop: () => bar.stop(),
  }
}

/** How bars look. */
export const barStyle = (stream: NodeJS.WriteStream) => ({
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
  const loading = new bars.SingleBar({
    ...barStyle(stream),
    format: 'loading   {bar} {percentage}%',
  })
  const running = new bars.SingleBar({
    ...barStyle(stream),
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
