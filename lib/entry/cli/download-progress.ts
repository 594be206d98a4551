/** Downloads on stderr: a bar with speed and time left on a terminal, elsewhere about ten lines, nothing where it is to be quiet. */

import type { DownloadProgress } from '../../index.js'
import { bytesText } from './memory-text.js'
import { barStyle, type QuietFlag } from './progress.js'

export interface DownloadBar {
  readonly at: (progress: DownloadProgress) => void
  readonly stop: () => void
}

export async function createDownload(
  stream: NodeJS.WriteStream,
  flags: QuietFlag,
): Promise<DownloadBar> {
  if (!stream.isTTY || flags.quiet) return createLines(stream, flags)
  const { default: bars } = await import('cli-progress')
  const format = '{doing}  {bar} {percentage}%  {text}'
  const bar = new bars.SingleBar({ ...barStyle(stream), format })
  return {
    at(progress) {
      const payload = {
        doing: progress.waiting ? 'waiting ' : 'fetching',
        text: progressText(progress),
      }
      if (!bar.isActive) bar.start(progress.total ?? progress.done, progress.done, payload)
      if (progress.total === null) bar.setTotal(progress.done)
      bar.update(progress.done, payload)
    },
    stop: () => bar.stop(),
  }
}

/** Lines of one download, so that a log of it can be read. */
const mostLines = 10

function createLines(stream: NodeJS.WriteStream, { quiet = false }: QuietFlag): DownloadBar {
  let [told, waiting] = [0, false]
  const write = (line: string) => {
    if (!quiet) stream.write(`${line}\n`)
  }
  return {
    at(progress) {
      const { done, total, file } = progress
      if (progress.waiting && !waiting) write(`another process fetches ${file}: waiting for it`)
      waiting = progress.waiting
      const part = total === null || total === 0 ? 0 : Math.floor((mostLines * done) / total)
      if (part > told) write(`fetched ${progressText(progress)}`)
      told = Math.max(told, part)
    },
    stop() {},
  }
}

/** `310 MB of 1.12 GB, 24.0 MB/s, 0:34 left` */
export function progressText({
  done,
  total,
  bytesPerSecond,
  secondsLeft,
}: DownloadProgress): string {
  return [
    total === null ? bytesText(done) : `${bytesText(done)} of ${bytesText(total)}`,
    ...(bytesPerSecond === null ? [] : [`${bytesText(bytesPerSecond)}/s`]),
    ...(secondsLeft === null ? [] : [`${clock(secondsLeft)} left`]),
  ].join(', ')
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map(part => String(part).padStart(2, '0'))
  const hours = Math.floor(whole / 3600)
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0/, '')
}
