/** Answers in boxes. Linear in the length of the text, however boxes are nested or left open. Pure. */

import type { TextRange } from '../../../types/public.js'
import { numberPattern } from '../canonical.js'
import { type Found, found } from './found.js'

/** A brace, an escaped character, or the start of a box: `\boxed{`, `\fbox {`, `\boxed 5`. */
const boxPart = /\\(?:boxed|fbox|framebox)(?:\s*(\{)|\s+(?=[-+\u2212\d]))|\\.|[{}]/gs

/** The contents of all closed boxes, as they are closed. */
function contentsOf(text: string): TextRange[] {
  const bare = new RegExp(numberPattern, 'y')
  /** Starts of the contents of open braces; null for those that are no box. */
  const open: (number | null)[] = []
  const contents: TextRange[] = []
  for (const match of text.matchAll(boxPart)) {
    const [part, brace] = match
    const behind = match.index + part.length
    if (part === '}') {
      const start = open.pop() ?? null
      if (start !== null) contents.push({ start, end: match.index })
    } else if (part === '{') open.push(null)
    else if (brace !== undefined) open.push(behind)
    else if (part.length > 2) {
      bare.lastIndex = behind
      contents.push({ start: behind, end: behind + (bare.exec(text)?.[0].length ?? 0) })
    }
  }
  return contents
}

/** Between boxes that are one answer together: `\boxed{3}, \boxed{5}`, `\boxed{3}$ and $\boxed{5}`. */
const joining =
  /^\}[\s$]{0,4}(?:,|;|、|,?\s{0,2}(?:and|or|und|oder|et|ou|和|或))[\s$]{0,4}\\f?(?:boxed|framebox|box)\s{0,2}\{$/

const longestJoint = 40

/** The last box that says something, with those before it that belong to it. */
export function boxed(text: string): Found | null {
  const contents = contentsOf(text).sort((a, b) => b.start - a.start)
  for (const [i, { start, end }] of contents.entries()) {
    const last = found(text, start, end)
    if (last !== null) return together(text, last, contents.slice(i + 1, i + 20)) ?? last
  }
  return null
}

function together(text: string, last: Found, before: readonly TextRange[]): Found | null {
  const values = [last]
  for (const { start, end } of before) {
    const next = values[0]
    if (next === undefined || end > next.start) continue
    const between = text.slice(end, Math.min(next.start, end + longestJoint))
    const one = joining.test(between) ? found(text, start, end) : null
    if (one === null) break
    values.unshift(one)
  }
  const distinct = [...new Set(values.map(({ value }) => value))]
  const [first] = values
  if (first === undefined || distinct.length < 2) return null
  return { value: distinct.join(', '), start: first.start, end: last.end }
}
