/** A worker process of the pool's tests: doubles, fails, dies, as its data say. */
import { serveParent } from '../../dist/cluster/index.js'

const [model = 'm'] = process.argv.slice(2)
await serveParent(async () => ({
  fingerprint: { build: { version: '0', llamaCommit: 'c', patchSha256: 'p' }, key: { model } },
  info: { model, device: 'test', parallel: 1 },
  async do(data) {
    if (data === 'die') process.kill(process.pid, 'SIGKILL')
    if (data === 'fail') throw Object.assign(new Error('no'), { code: 'ERR_CONTEXT_FULL' })
    if (data === 'nan') return Number.NaN
    return 2 * data
  },
  async close() {},
}))
