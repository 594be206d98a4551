// @ts-check
/** Tables that can be pasted into a page. Pure. */

/** @type {typeof import('./markdown.d.mts').number} */
export const number = value =>
  Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en')
    : value.toLocaleString('en', { maximumSignificantDigits: 3 })

/** @type {typeof import('./markdown.d.mts').markdown} */
export function markdown(head, lines) {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [head, rule, ...lines].map(line => `| ${line.join(' | ')} |`).join('\n')
}
