// @ts-check
/**
 * NODE_OPTIONS=--import=…/isolate-everything.mjs: `loadModel` isolates wherever nobody says otherwise, so that tests which know nothing
 * of it are tests of it.
 */
import { register } from 'node:module'

const hooks = `
export async function load(url, context, next) {
  const loaded = await next(url, context)
  if (!url.endsWith('/dist/engine/options.js')) return loaded
  const text = String(loaded.source)
  const isolating = text.replace('isolate = false', 'isolate = true')
  if (isolating === text) throw new Error('options.js has no default of isolate any more')
  return { ...loaded, source: isolating }
}`

register(`data:text/javascript,${encodeURIComponent(hooks)}`)
