/** What is wrong with a built site: links that lead nowhere, and what would be loaded from another host. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { linksOf, pagesOf } from './links.mjs'

/** A scheme, or a host without one. */
const elsewhere = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i

/** @param {string} site the folder that has index.html */
export function faultsOf(site) {
  const pages = pagesOf(site)
  const anchors = new Map()
  const anchorsOf = page => {
    if (!anchors.has(page)) anchors.set(page, idsOf(readFileSync(join(site, page), 'utf8')))
    return anchors.get(page)
  }
  const faults = pages.flatMap(page =>
    linksOf(join(site, page)).flatMap(({ to, loads }) => {
      if (elsewhere.test(to)) return loads && !to.startsWith('data:') ? [`${page} loads ${to}`] : []
      const [path, anchor] = to.split('#')
      const target = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path))
      const file = join(site, target)
      if (!existsSync(file) || statSync(file).isDirectory())
        return [`${page} links to ${to}, which is not there`]
      const missing =
        anchor && target.endsWith('.html') && !anchorsOf(target).has(decodeURIComponent(anchor))
      return missing ? [`${page} links to ${to}, whose anchor is not there`] : []
    }),
  )
  return { pages: pages.length, faults: [...faults, ...loadedByAssets(site)] }
}

const idsOf = html => new Set(Array.from(html.matchAll(/\s(?:id|name)="([^"]+)"/g), ([, id]) => id))

/** Style sheets and scripts that name another host where they would ask it. */
function loadedByAssets(site) {
  const names = readdirSync(join(site, 'assets'), { recursive: true, encoding: 'utf8' })
  return names
    .filter(name => /\.(?:css|js|svg)$/.test(name))
    .flatMap(name => {
      const text = readFileSync(join(site, 'assets', name), 'utf8')
      const asks =
        /(?:@import|url\(|fetch\(|import\(|importScripts\()\s*["'`]?((?:https?:)?\/\/[^"'`)\s]+)/g
      const found = Array.from(text.matchAll(asks), ([, host]) => host)
      return found.map(host => `assets/${name.split(sep).join('/')} loads ${host}`)
    })
}
