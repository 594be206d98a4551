// @ts-check
/**
 * A registry of npm for packages that are not published: what it has not, the real one is asked for. It
 * notes which of its tarballs were fetched.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/** @typedef {import('../../packaging/packages.mjs').Packed} Packed */

/**
 * @param {readonly Packed[]} packages
 * @returns {Promise<{ url: string, fetched: string[], close(): void }>}
 */
export async function serveRegistry(packages) {
  const real = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  /** @type {string[]} */
  const fetched = []
  const byName = new Map(packages.map(one => [one.name, one]))
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/').slice(1)
    const tarball = packages.find(({ name }) => path === tarballOf(name))
    if (tarball) {
      fetched.push(tarball.name)
      response.end(readFileSync(tarball.file))
      return
    }
    const found = byName.get(path)
    if (found) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(documentOf(found, `http://${request.headers.host}`)))
    } else if (path.startsWith('@cot-prune/')) {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end('{"error":"not found"}')
    } else {
      response.writeHead(302, { location: new URL(request.url ?? '/', real).href }).end()
    }
  })
  await new Promise(done => {
    server.listen(0, '127.0.0.1', () => done(undefined))
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}/`, fetched, close: () => server.close() }
}

/** @param {string} name */
const tarballOf = name => `tarballs/${name.replace('/', '-')}.tgz`

/** @param {Packed} packed @param {string} host */
function documentOf({ name, version, file }, host) {
  const manifest = JSON.parse(
    execFileSync('tar', ['-xzOf', file, 'package/package.json'], { encoding: 'utf8' }),
  )
  const integrity = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
  const dist = { tarball: `${host}/${tarballOf(name)}`, integrity }
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, _id: `${name}@${version}`, dist } },
  }
}
