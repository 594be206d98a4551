/** What is wrong with a built site: links that lead nowhere, and what would be loaded from another host. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { linksOf, pagesOf } from './links.mjs'

/** A scheme, or a host without one. */
const elsewhere = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i
/** Behind it stands a text that the browser looks for. */
const textAnchor = ':~:text='

/** @param {string} site the folder that has index.html */
export function faultsOf(site) {
  const pages = pagesOf(site)
  const read = cached(page => {
    const html = readFileSync(join(site, page), 'utf8')
    const ids = new Set(Array.from(html.matchAll(/\s(?:id|name)="([^"]+)"/g), ([, id]) => id))
    return { html, ids }
  })
  const leadsTo = (page, to) => {
    const [path, anchor] = to.split('#')
    const target = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path))
    const file = join(site, target)
    if (!existsSync(file) || statSync(file).isDirectory()) return false
    if (!anchor || !target.endsWith('.html')) return true
    const wanted = decodeURIComponent(anchor)
    return wanted.startsWith(textAnchor)
      ? read(target).html.includes(wanted.slice(textAnchor.length))
      : read(target).ids.has(wanted)
  }
  const faults = pages.flatMap(page => [
    ...linksOf(join(site, page)).flatMap(({ to, loads }) => {
      if (!elsewhere.test(to)) return leadsTo(page, to) ? [] : [`${page}: ${to} leads nowhere`]
      return loads && !to.startsWith('data:') ? [`${page} loads ${to}`] : []
    }),
    ...Array.from(read(page).html.matchAll(/<(?:script|style)\b[^>]*>([\s\S]*?)<\//g), ([, text]) =>
      hostsOf(text).map(host => `${page} loads ${host}`),
    ).flat(),
  ])
  return { pages: pages.length, faults: [...faults, ...loadedByAssets(site)] }
}

/** Style sheets and scripts that name another host where they would ask it. */
function loadedByAssets(site) {
  const names = readdirSync(join(site, 'assets')).filter(name => /\.(?:css|js|svg)$/.test(name))
  return names.flatMap(name => {
    const hosts = hostsOf(readFileSync(join(site, 'assets', name), 'utf8'))
    return hosts.map(host => `assets/${name} loads ${host}`)
  })
}

function hostsOf(text) {
  const asks =
    /(?:@import|url\(|fetch\(|import\(|importScripts\()\s*["'`]?((?:https?:)?\/\/[^"'`)\s]+)/g
  return Array.from(text.matchAll(asks), ([, host]) => host)
}

function cached(read) {
  const known = new Map()
  return key => {
    if (!known.has(key)) known.set(key, read(key))
    return known.get(key)
  }
}
