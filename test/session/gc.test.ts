/** The collector frees what nobody closed; closing frees at once; a running job keeps its handle. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { tinyModel } from '../support/tiny-models.mjs'

const run = promisify(execFile)

t.test('sessions and models that are dropped or closed do not pile up', async t => {
  const child = fileURLToPath(new URL('../support/collect.mjs', import.meta.url))
  const { stdout } = await run(process.execPath, ['--expose-gc', child, tinyModel({ layers: 8 })], {
    timeout: 120_000,
  })
  const found = JSON.parse(stdout)
  t.comment(stdout)
  t.ok(found.cacheBytes > 30e6, 'a leaked session would weigh')
  t.ok(found.collected >= 25, 'dropped sessions are collected')
  t.ok(found.dropped < 5 * found.cacheBytes, '30 dropped sessions hold less than 5 caches')
  t.ok(found.closed < 3 * found.cacheBytes, '100 closed sessions hold less than 3 caches')
  t.equal(found.length, 4000, 'a job whose handles are gone still ends')
})
