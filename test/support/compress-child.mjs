// @ts-check
/**
 * A process that compresses a file on a fake session, to be killed: node compress-child.mjs INPUT OUT MODEL. Says how many lines are
 * done, and goes on with what is there.
 */
import { compressFile } from '../../dist/experiment/index.js'
import { fakeCompressSession } from './fake-compress.mjs'

const [input = '', out = '', path = ''] = process.argv.slice(2)
const build = {
  version: '0',
  llamaCommit: '',
  llamaVersion: '',
  patchSha256: '',
  backends: [],
  systemInfo: '',
}
const totals = await compressFile({
  input,
  out,
  session: fakeCompressSession(),
  source: {
    model: { thinking: null, chatTemplate: null, name: 'fake', path },
    contextLength: undefined,
    build,
  },
  resume: true,
  onProgress: ({ done }) => {
    if (done % 100 === 0) process.stdout.write(`${done}\n`)
  },
})
process.stdout.write(`rows ${totals.rows}\n`)
