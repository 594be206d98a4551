/** The cache: its layout on file systems with and without links, split models, what is listed and what is damaged. */

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { nameBlob } from '../../dist/hub/cache.js'
import { resolveModelWith } from '../../dist/hub/resolve-model.js'
import {
  listHubFiles,
  listModels,
  loadModel,
  resolveHubFile,
  resolveModel,
} from '../../dist/index.js'
import { ggufBytes, type HubOptions, hubOptions, hubVariables } from '../support/hub-options.js'
import { gitHash, MockHub, sha256 } from '../support/mock-hub.js'
import { splitModel } from '../support/split-model.js'
import { tinyModel } from '../support/tiny-models.mjs'

const bytes = ggufBytes(50_000)
const file = 'Small-Q4_K_M.gguf'
const parts = [1, 2, 3].map(i => `big/Big-Q4_K_M-0000${i}-of-00003.gguf`)

async function start(t: Test): Promise<{ mock: MockHub; options: HubOptions }> {
  const mock = await MockHub.start()
  t.teardown(() => mock.stop())
  mock.add(
    'maker/small',
    { [file]: bytes, 'config.json': new Uint8Array([123, 125]) },
    { small: ['config.json'] },
  )
  return { mock, options: { endpoint: mock.url, folder: t.testdir({}) } }
}

/** As a process with these variables. */
async function within<T>(variables: NodeJS.ProcessEnv, job: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(variables).map(key => [key, process.env[key]]))
  Object.assign(process.env, variables)
  try {
    return await job()
  } finally {
    for (const [key, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[key]
      else process.env[key] = value
    }
  }
}

t.test('a snapshot has a relative link, or where links are none the same bytes once', async t => {
  const { options } = await start(t)
  const { path } = await resolveModelWith('hf:maker/small', hubOptions(options))
  t.ok(lstatSync(path).isSymbolicLink())
  const other = { ...options, folder: t.testdir({ other: {} }), symlinks: false }
  const plain = await resolveModelWith('hf:maker/small', hubOptions(other))
  t.notOk(lstatSync(plain.path).isSymbolicLink())
  const blob = join(other.folder, 'hub', 'models--maker--small', 'blobs', sha256(bytes))
  t.equal(statSync(blob).ino, statSync(plain.path).ino, 'a second name, no second copy')
  const again = await resolveModelWith('hf:maker/small', hubOptions({ ...other, update: true }))
  t.equal(again.fetched, false)
  const listed = await within(hubVariables(options.endpoint, other.folder), () =>
    listModels({ verify: true }),
  )
  t.match(listed, [{ state: 'verified' }])
})

t.test('a name that is there, of whoever, stays', async t => {
  const root = t.testdir({ blobs: { abc: 'new' }, 'there.gguf': 'old' })
  const folder = { root, path: root, symlinks: true }
  const path = join(root, 'there.gguf')
  await nameBlob(folder, { oid: 'abc', path, fresh: true })
  t.equal(readFileSync(path, 'utf8'), 'old')
})

t.test('a split model is all of its parts, by whichever of them it is named', async t => {
  const { mock, options } = await start(t)
  const contents = parts.map((_, i) => ggufBytes(10_000 + i, i + 1))
  mock.add('maker/big', Object.fromEntries(parts.map((part, i) => [part, contents[i] ?? bytes])))
  const model = await resolveModelWith('hf:maker/big:q4_k_m', hubOptions(options))
  t.ok(model.path.endsWith(parts[0] ?? ''))
  t.equal(model.bytes, 30_003)
  t.strictSame(
    model.files.map(each => each.sha256),
    contents.map(sha256),
  )
  mock.seen.length = 0
  const byPart = await resolveModelWith(`hf:maker/big/${parts[1]}`, hubOptions(options))
  t.equal(byPart.path, model.path)
  const byPath = await resolveModel(model.files[2]?.path ?? '')
  t.equal(byPath.path, model.path)
  t.equal(byPath.files.length, 3)
  t.strictSame(mock.seen, [])
  // one part is lost, and alone comes again
  rmSync(join(options.folder, 'hub', 'models--maker--big', 'blobs', sha256(contents[1] ?? bytes)))
  const again = await resolveModelWith('hf:maker/big:Q4_K_M', hubOptions(options))
  t.equal(again.fetched, true)
  t.strictSame(
    mock.downloads.map(({ path }) => path.slice(-22)),
    ['Q4_K_M-00002-of-00003.gguf'.slice(-22)],
  )
})

t.test('a split model of the hub is loaded, and says what the whole one says', async t => {
  const { mock, options } = await start(t)
  const source = tinyModel({ layers: 2 })
  const paths = splitModel(source, t.testdir({}), { name: 'tiny-F16', count: 3 })
  const files = paths.map(path => [basename(path), new Uint8Array(readFileSync(path))] as const)
  mock.add('maker/split', Object.fromEntries(files))
  const { path } = await resolveModelWith('hf:maker/split:F16', hubOptions(options))
  const texts: string[] = []
  for (const each of [source, path]) {
    await using model = await loadModel(each)
    const session = await model.createSession({ contextLength: 256 })
    texts.push((await session.generate('abc', { maxTokens: 12, temperature: 0 }).finish()).text)
  }
  t.equal(texts[1], texts[0])
})

t.test('a repository that lacks a part is refused before anything is fetched', async t => {
  const { mock, options } = await start(t)
  mock.add('maker/big', { [parts[0] ?? '']: bytes, [parts[2] ?? '']: bytes })
  const job = resolveModelWith('hf:maker/big', hubOptions(options))
  await t.rejects(job, {
    code: 'ERR_HUB_NOT_FOUND',
    message: /lacks big\/Big-Q4_K_M-00002-of-00003\.gguf/,
  })
  t.strictSame(mock.downloads, [])
})

t.test('names that leave the folder, and hashes that are none, become no files', async t => {
  const { mock, options } = await start(t)
  const commit = mock.add(
    'maker/evil',
    { '../../../../evil.gguf': bytes, 'a\\b.gguf': bytes, 'good.gguf': bytes, 'hash.gguf': bytes },
    { lies: { 'hash.gguf': '../../../evil' } },
  )
  const { files } = await within(hubVariables(mock.url, options.folder), () =>
    listHubFiles('hf:maker/evil', 'model'),
  )
  t.strictSame(
    files.map(each => each.file),
    ['good.gguf'],
  )
  await resolveModelWith(`hf:maker/evil#${commit}`, hubOptions(options))
  t.strictSame(readdirSync(options.folder), ['hub'])
})

t.test('the newest version comes where it is asked for, and only there', async t => {
  const { mock, options } = await start(t)
  const old = await resolveModelWith('hf:maker/small', hubOptions(options))
  const commit = mock.add('maker/small', { [file]: ggufBytes(50_000, 7) })
  t.equal((await resolveModelWith('hf:maker/small', hubOptions(options))).path, old.path)
  const next = await resolveModelWith('hf:maker/small', hubOptions({ ...options, update: true }))
  t.equal(next.revision, commit)
  t.equal((await resolveModelWith('hf:maker/small', hubOptions(options))).path, next.path)
  const pinned = await resolveModelWith(`hf:maker/small#${old.revision}`, hubOptions(options))
  t.equal(pinned.path, old.path, 'a commit is what it was')
})

t.test(
  'data files: the sha256 and the commit for a record, small files by their git hash',
  async t => {
    const { mock, options } = await start(t)
    const rows = new TextEncoder().encode('{"problem":"1+1?","answer":"2"}\n')
    const commit = mock.add(
      'maker/aime',
      { 'data/test.jsonl': rows },
      { type: 'dataset', small: ['data/test.jsonl'] },
    )
    await within(hubVariables(mock.url, options.folder), async () => {
      const listed = await listHubFiles('hf:maker/aime', 'dataset')
      t.match(listed, {
        revision: commit,
        files: [{ file: 'data/test.jsonl', bytes: rows.length, sha256: null }],
      })
      for (const name of [
        'hf:maker/aime/data/test.jsonl',
        'hf:datasets/maker/aime/data/test.jsonl#main',
      ]) {
        const found = await resolveHubFile(name, 'dataset')
        t.match(found, {
          repository: 'maker/aime',
          revision: commit,
          sha256: sha256(rows),
          bytes: rows.length,
        })
        t.ok(found.path.includes(join('datasets--maker--aime', 'snapshots', commit)))
      }
      t.ok(existsSync(join(options.folder, 'hub', 'datasets--maker--aime', 'blobs', gitHash(rows))))
      await t.rejects(resolveHubFile('hf:maker/aime/none.csv', 'dataset'), {
        code: 'ERR_HUB_NOT_FOUND',
        message: /there are data\/test\.jsonl/,
      })
      await t.rejects(resolveHubFile('hf:maker/aime', 'dataset'), { code: 'ERR_MODEL_NAME' })
    })
    t.equal(mock.downloads.length, 1)
  },
)

t.test('a list of what is there, whoever fetched it, and what is wrong with it', async t => {
  const { mock, options } = await start(t)
  const list = (verify = false) =>
    within(hubVariables(mock.url, options.folder), () => listModels({ verify }))
  t.strictSame(await list(), [])
  const model = await resolveModelWith('hf:maker/small', hubOptions(options))
  mock.add('maker/big', Object.fromEntries(parts.map(part => [part, bytes])))
  const big = await resolveModelWith('hf:maker/big', hubOptions(options))
  t.match(await list(), [
    { name: `hf:maker/big/${parts[0]}`, bytes: 150_000, state: 'ok', fault: null },
    { name: `hf:maker/small/${file}`, path: model.path, bytes: 50_000, state: 'ok', fault: null },
  ])
  t.strictSame(
    (await list(true)).map(({ state }) => state),
    ['verified', 'verified'],
  )
  // one byte is another; the size is the same
  const blob = join(options.folder, 'hub', 'models--maker--small', 'blobs', sha256(bytes))
  writeFileSync(blob, bytes.with(40_000, 1))
  t.strictSame(
    (await list()).map(({ state }) => state),
    ['ok', 'ok'],
  )
  const [, damaged] = await list(true)
  t.match(damaged, {
    state: 'damaged',
    fault: new RegExp(`hash of ${file} is .*, not ${sha256(bytes)}`),
  })
  const pulled = await resolveModelWith('hf:maker/small', hubOptions({ ...options, update: true }))
  t.equal(pulled.fetched, true, 'and asking for the newest repairs it')
  t.equal((await list(true))[1]?.state, 'verified')
  unlinkSync(big.files[1]?.path ?? '')
  t.match((await list())[0], { state: 'incomplete', fault: /00002-of-00003\.gguf is missing/ })
  writeFileSync(blob, 'html of an error')
  t.match((await list())[1], { state: 'damaged', fault: /does not begin as a GGUF file/ })
  writeFileSync(`${blob}.cot-prune.incomplete`, 'GG')
  mkdirSync(join(options.folder, 'hub', 'models--not--a--model'))
  t.match((await list()).at(-1), {
    name: 'hf:maker/small',
    state: 'incomplete',
    bytes: 2,
    fault: /broken off/,
  })
})
