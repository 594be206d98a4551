import type { CompressSession } from '../../dist/experiment/index.js'

export interface FakeCompressScript {
  /** Traces with more tokens are refused. @default none is */
  readonly contextLength?: number
  /** What scoring waits for. */
  readonly delay?: () => Promise<void>
  /** What scoring throws; null: nothing. */
  readonly fail?: (thinking: string) => unknown
  /** The answer behind what is left. */
  readonly evaluate?: (text: string) => string
}

/** `most`: how many scored at once; `groups`: how many traces came together, by their step graphs. */
export declare function fakeCompressSession(script?: FakeCompressScript): CompressSession & {
  readonly busy: number
  readonly most: number
  readonly groups: readonly number[]
}
