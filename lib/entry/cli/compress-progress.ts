/** How far a file has come, how fast, and when it will be done. */

import type { FileProgress } from '../../experiment/index.js'
import { durationText } from '../../report/index.js'
import { barStyle, progressLines, type QuietFlag } from './progress.js'

export interface RowProgress {
  readonly at: (progress: FileProgress) => void
  readonly stop: () => void
}

/** A bar on a terminal, elsewhere about ten lines. */
export async function createRowProgress(
  stream: NodeJS.WriteStream,
  flags: QuietFlag,
): Promise<RowProgress> {
  let begun: { readonly time: number; readonly tokens: number } | null = null
  const textOf = (progress: FileProgress) => {
    begun ??= { time: performance.now(), tokens: progress.totals.readTokens }
    const seconds = (performance.now() - begun.time) / 1000
    return rowText(progress, seconds, progress.totals.readTokens - begun.tokens)
  }
  if (!stream.isTTY || flags.quiet) {
    const write = progressLines(stream, flags)
    return {
      at: progress => {
        const text = textOf(progress)
        write(progress.done, progress.total, () => `${progress.done}/${progress.total} rows${text}`)
      },
      stop: () => {},
    }
  }
  const { default: bars } = await import('cli-progress')
  const format = 'compressing  {bar} {value}/{total} rows{text}'
  const bar = new bars.SingleBar({ ...barStyle(stream), format })
  return {
    at: progress => {
      const text = textOf(progress)
      if (!bar.isActive) bar.start(progress.total, progress.done, { text })
      bar.update(progress.done, { text })
    },
    stop: () => bar.stop(),
  }
}

/** `, 4120 tokens/s, 71 % left, 12 min to go`: by the rows of this process alone. */
function rowText(
  { done, total, earlier, totals }: FileProgress,
  seconds: number,
  tokens: number,
): string {
  const share = Math.round((100 * totals.tokensAfter) / Math.max(1, totals.tokensBefore))
  const own = done - earlier - 1
  // the first row is where the clock starts
  if (own < 1 || seconds <= 0) return `, ${share} % of the thinking is left`
  const speed = Math.round(tokens / seconds)
  const left = durationText((seconds / own) * (total - done))
  return `, ${speed} tokens/s, ${share} % of the thinking is left${done < total ? `, ${left} to go` : ''}`
}
