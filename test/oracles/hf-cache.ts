/**
 * Against Python's huggingface_hub itself, on a hub on this machine: what one fetches the other finds. By hand, since no test runs
 * Python: PYTHON=python3 npm test -- test/oracles/hf-cache.ts, where `pip install huggingface_hub` was.
 */

import { execFile } from 'node:child_process'
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { resolveModelWith } from '../../dist/hub/resolve-model.js'
import { ggufBytes, hubOptions, hubVariables } from '../support/hub-options.js'
import { MockHub } from '../support/mock-hub.js'

const python = process.env.PYTHON
const bytes = ggufBytes(100_000)
const file = 'sub/Small-Q4_K_M.gguf'

const fetching = `
import sys
from huggingface_hub import hf_hub_download
print(hf_hub_download(sys.argv[1], sys.argv[2], local_files_only=sys.argv[3] == 'local'))
`
const scanning = `
from huggingface_hub import scan_cache_dir
info = scan_cache_dir()
print([str(warning) for warning in info.warnings])
for repo in info.repos:
    for revision in repo.revisions:
        print(repo.repo_id, repo.repo_type, revision.commit_hash, sorted(revision.refs), sorted(f.file_name for f in revision.files), repo.size_on_disk)
`

t.test(
  'Python finds what we fetched, and we find what Python fetched',
  { skip: python === undefined && 'PYTHON is not set' },
  async t => {
    const mock = await MockHub.start()
    t.teardown(() => mock.stop())
    const commit = mock.add('maker/small', { [file]: bytes, 'other-Q8_0.gguf': ggufBytes(5000, 2) })
    const run = async (folder: string, code: string, ...args: string[]) => {
      const env = { ...process.env, ...hubVariables(mock.url, folder), HF_HUB_DISABLE_XET: '1' }
      const { stdout } = await promisify(execFile)(python ?? '', ['-c', code, ...args], { env })
      return stdout.trim()
    }
    for (const symlinks of [true, false]) {
      const ours = t.testdir({})
      const options = hubOptions({ endpoint: mock.url, folder: ours, symlinks })
      const { path } = await resolveModelWith('hf:maker/small:Q4_K_M', options)
      t.equal(await run(ours, fetching, 'maker/small', file, 'local'), path)
      mock.seen.length = 0
      t.equal(await run(ours, fetching, 'maker/small', file, 'online'), path)
      t.strictSame(mock.downloads, [], 'Python asks, and fetches nothing')
      const scanned = await run(ours, scanning)
      t.match(scanned, /^\[\]\n/, 'no warnings')
      t.ok(
        scanned.includes(`maker/small model ${commit} ['main'] ['Small-Q4_K_M.gguf'] 100000`),
        scanned,
      )
      if (symlinks) {
        const theirs = t.testdir({ theirs: {} })
        const their = await run(theirs, fetching, 'maker/small', file, 'online')
        t.ok(readFileSync(their).equals(bytes))
        t.equal(readlinkSync(their), readlinkSync(path), 'the same link')
        mock.seen.length = 0
        const found = await resolveModelWith(
          'hf:maker/small:Q4_K_M',
          hubOptions({ endpoint: mock.url, folder: theirs }),
        )
        t.equal(found.path, their)
        t.strictSame(mock.seen, [])
        t.equal(found.revision, commit)
        // into the folder that Python began
        const second = await resolveModelWith(
          'hf:maker/small:Q8_0',
          hubOptions({ endpoint: mock.url, folder: theirs }),
        )
        t.ok(lstatSync(second.path).isSymbolicLink())
        t.equal(
          await run(theirs, fetching, 'maker/small', 'other-Q8_0.gguf', 'local'),
          join(their, '..', '..', 'other-Q8_0.gguf'),
        )
      }
    }
  },
)
