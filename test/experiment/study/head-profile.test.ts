/** Profiles of chosen heads: found by the model's file, and refused for another one. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readEmbeddedModel } from '../../../dist/engine/embedded.js'
import {
  type Calibration,
  findHeadProfile,
  headProfile,
  readHeadProfile,
  saveHeadProfile,
} from '../../../dist/experiment/index.js'
import { shippedProfile } from '../../../dist/experiment/study/head-profile.js'
import { embeddedModel } from '../../../dist/index.js'

const calibration: Calibration = {
  labels: 'needed',
  measure: 'auc',
  heads: [{ layer: 1, head: 2 }],
  score: { reduction: 'chain', aggregate: 'sum', inherit: 0.5 },
  value: 0.9,
  halfWidth: 0.01,
  kinds: ['a'],
  without: [],
  rows: [],
  ranking: [],
}

/** Two files that stand for models; only their bytes count. */
function folder(t: { testdir(files: Record<string, string>): string }) {
  const path = t.testdir({ 'a.gguf': 'a', 'b.gguf': 'b' })
  const cache = join(path, 'cache')
  mkdirSync(cache)
  process.env.COT_PRUNE_CACHE = cache
  return { path, a: join(path, 'a.gguf'), b: join(path, 'b.gguf') }
}

t.test('what is saved is found by the bytes of the model, wherever it lies', async t => {
  const { path, a, b } = folder(t)
  t.equal(await findHeadProfile(a), null)
  const profile = await headProfile(calibration, a)
  // the digest of one letter, from another tool
  const sha256 = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'
  t.strictSame(profile.model, { name: 'a.gguf', sha256 })
  const saved = await saveHeadProfile(profile)
  t.ok(saved.startsWith(join(path, 'cache')))
  t.strictSame(await findHeadProfile(a), profile)
  t.equal(await findHeadProfile(b), null)
  const moved = join(path, 'moved.gguf')
  writeFileSync(moved, readFileSync(a))
  t.strictSame(await findHeadProfile(moved), profile)
})

t.test('a profile of another model is refused, with both names', async t => {
  const { a, b } = folder(t)
  const saved = await saveHeadProfile(await headProfile(calibration, a))
  t.strictSame(await readHeadProfile(saved, a), await findHeadProfile(a))
  await t.rejects(readHeadProfile(saved, b), {
    code: 'ERR_HEADS_MODEL',
    message: /a\.gguf .*b\.gguf .*calibrate/,
  })
})

t.test('a file that is no profile is named, with what it lacks', async t => {
  const { path, a } = folder(t)
  const file = join(path, 'heads.json')
  await t.rejects(readHeadProfile(file, a), { code: 'ERR_DATASET', message: /cannot be read/ })
  const profile = await headProfile(calibration, a)
  for (const [broken, message] of [
    [{ ...profile, version: 1 }, /\.version must be one of 2/],
    [{ ...profile, score: { reduction: 'most' } }, /\.score\.reduction/],
    [{ ...profile, model: undefined }, /\.model must be an object/],
    [{ ...profile, heads: [{ layer: -1, head: 0 }] }, /\.heads\[0\]\.layer/],
    [{ ...profile, labels: 'none' }, /\.labels must be/],
    [{ ...profile, ranking: [{ layer: 0, head: 0 }] }, /\.ranking\[0\]\.value/],
    [{ ...profile, heads: [] }, /has no heads/],
  ] as const) {
    writeFileSync(file, JSON.stringify(broken))
    await t.rejects(readHeadProfile(file, a), { code: 'ERR_DATASET', message })
  }
})

t.test(
  'a package without the embedded model has no profile of it, and that is no error',
  async t => {
    const empty = t.testdir({})
    t.equal(await shippedProfile(() => readEmbeddedModel(empty)), null)
  },
)

t.test('the profile of the embedded model comes with the package', async t => {
  folder(t)
  const { model, heads } = await embeddedModel()
  t.strictSame(await findHeadProfile(model), JSON.parse(readFileSync(heads, 'utf8')))
})
