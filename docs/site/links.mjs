/** What the pages of a built site point at. */

import { readdirSync, readFileSync } from 'node:fs'
import { sep } from 'node:path'

/** Pages of a site, with slashes, from its folder. */
export const pagesOf = site =>
  readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.html'))
    .map(name => name.split(sep).join('/'))

const unescaped = text =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')

/**
 * The tags of a page that point somewhere, and where to; `loads` where the browser fetches it by itself.
 * @param {string} file
 */
export function linksOf(file) {
  const tags = readFileSync(file, 'utf8').matchAll(
    /<([a-z]+)\s[^>]*?\b(href|src|srcset|poster|data|action)="([^"]*)"/g,
  )
  return Array.from(tags, ([, tag, , to]) => ({ to: unescaped(to), loads: tag !== 'a' }))
}
