/** Data as JSON and back, as it was: with numbers that are none, which JSON makes null of. Pure. */

/** What such a number is written as; no text of ours begins so. */
const mark = '\u0000number:'

export const encode = (data: unknown): string =>
  JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? `${mark}${value}` : value,
  )

/** What `encode` made of it, in a process of the same fingerprint: the seam where it becomes data again. */
export function decode<T>(text: string): T {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(mark.length)) : value,
  )
}
