/** Which tokens of which traces are decoded next. Pure. */

/** Bytes of attention rows that one batch may take before they are reduced. */
const rowBudget = 64 * 2 ** 20

/** What is asked of a trace that is being read. */
export interface Progress {
  readonly tokens: { readonly length: number }
  /** Rows are wanted of the tokens from here on. */
  readonly first: number
  /** Tokens that are decoded. */
  readonly at: number
}

/** Attention of a batch goes over all cells in use, whoever's they are and before they are seen, in blocks of so many. */
const cellBlock = 256

/**
 * The largest batch that is of use. Of a block of cells a CPU makes a batch as fast as of two, and the first of them attends to
 * half as many.
 */
export const usefulBatch = (batchSize: number, onGpu: boolean): number =>
  onGpu ? batchSize : Math.min(batchSize, cellBlock)

export interface Room {
  readonly batchSize: number
  readonly contextLength: number
  /** Cells of others. */
  readonly held: number
  readonly heads: number
  readonly onGpu: boolean
}

/**
 * Whether one more trace is read along with those that are: where the next batch would not be full of them, and all fit into the
 * cache. On a CPU, where a pass over cells costs more than a batch that is not full, only within one block of them.
 */
export function joins(live: readonly Progress[], next: Progress, room: Room): boolean {
  const { batchSize, contextLength, held, heads, onGpu } = room
  if (live.length === 0) return true
  const cells = [...live, next].reduce((sum, { tokens }) => sum + tokens.length, held)
  const left = live.reduce((sum, { at, tokens }) => sum + tokens.length - at, 0)
  const most = onGpu ? contextLength : Math.min(contextLength, cellBlock)
  return cells <= most && left < captureSize(batchSize, cells, heads)
}

export interface BatchPiece<Reading> {
  readonly reading: Reading
  /** Of its next tokens. */
  readonly count: number
  readonly captures: boolean
}

/** How many tokens a batch may have whose rows are captured: a row has a number for each cell that is in use. */
export const captureSize = (batchSize: number, cells: number, heads: number): number =>
  Math.max(1, Math.min(batchSize, Math.floor(rowBudget / 4 / cells / heads)))

/**
 * As many tokens as a batch has room for, of the readings in order; each has some left. What is captured costs little beside a
 * batch more, so that a batch begins where no row is wanted yet, unless it would be full of that.
 */
export function nextBatch<Reading extends Progress>(
  readings: readonly Reading[],
  limits: { readonly batchSize: number; readonly captureSize: number },
): BatchPiece<Reading>[] {
  const [reading] = readings
  if (reading !== undefined) {
    const unseen = reading.first - reading.at
    if (unseen >= limits.captureSize) {
      return [{ reading, count: Math.min(unseen, limits.batchSize), captures: false }]
    }
  }
  const batch: BatchPiece<Reading>[] = []
  let left = limits.captureSize
  for (const reading of readings) {
    const { at, first, tokens } = reading
    const count = Math.min(left, tokens.length - at)
    if (count === 0) break
    batch.push({ reading, count, captures: at + count > first })
    left -= count
  }
  return batch
}
