/** Which addon is taken, of those that are there, and what is said where none is. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import {
  type AddonHost,
  addonHost,
  addonPlaces,
  loadAddon,
  NoAddon,
  platformName,
  prebuiltName,
} from '../../dist/engine/addon.js'

const host = (folder: string, more: Partial<AddonHost> = {}): AddonHost => ({
  platform: 'linux',
  arch: 'x64',
  libc: 'glibc',
  asked: undefined,
  folder,
  ...more,
})

function put(folder: string, ...path: string[]): string {
  const file = join(folder, ...path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '')
  return file
}

t.test('a local build comes before packages, and the folder of prebuilt ones last', async t => {
  const folder = t.testdir()
  const built = put(folder, 'build', 'Release', 'cot_prune.node')
  const prebuilt = put(folder, 'prebuilds', 'linux-x64', 'cot-prune.napi.glibc.node')
  const places = addonPlaces(host(folder))
  t.strictSame(
    places.map(({ source }) => source),
    ['local build', '@cot-prune/linux-x64-cuda', '@cot-prune/linux-x64', 'prebuilds'],
  )
  t.equal(places[0]?.file, built)
  t.equal(places[3]?.file, prebuilt)
  t.equal(loadAddon(places, file => file).file, built)
})

t.test('musl has packages and files of its own', async t => {
  const musl = host('/nowhere', { libc: 'musl' })
  t.equal(platformName(musl), 'linux-x64-musl')
  t.equal(prebuiltName(musl), 'cot-prune.napi.musl.node')
  t.equal(addonPlaces(musl)[2]?.source, '@cot-prune/linux-x64-musl')
  const windows = host('/nowhere', { platform: 'win32', libc: '' })
  t.equal(platformName(windows), 'win32-x64')
  t.equal(prebuiltName(windows), 'cot-prune.napi.node')
})

t.test('a file of one C library is never taken for another', async t => {
  const folder = t.testdir()
  const glibc = put(folder, 'prebuilds', 'linux-x64', 'cot-prune.napi.glibc.node')
  t.equal(addonPlaces(host(folder))[3]?.file, glibc)
  t.equal(addonPlaces(host(folder, { libc: 'musl' }))[3]?.file, null)
  const musl = put(folder, 'prebuilds', 'linux-x64', 'cot-prune.napi.musl.node')
  t.equal(addonPlaces(host(folder))[3]?.file, glibc)
  t.equal(addonPlaces(host(folder, { libc: 'musl' }))[3]?.file, musl)
})

t.test('what does not load is passed over and said', async t => {
  const folder = t.testdir()
  const built = put(folder, 'build', 'Release', 'cot_prune.node')
  put(folder, 'prebuilds', 'linux-x64', 'cot-prune.napi.glibc.node')
  const loaded = loadAddon(addonPlaces(host(folder)), file => {
    if (file === built) throw new Error('GLIBC_2.38 not found\nmore')
    return file
  })
  t.equal(loaded.source, 'prebuilds')
  t.strictSame(loaded.failed, [`local build: ${built} did not load: GLIBC_2.38 not found`])
})

t.test('the one that is asked for is the only one', async t => {
  const folder = t.testdir()
  const file = put(folder, 'other', 'build', 'Release', 'cot_prune.node')
  put(folder, 'build', 'Release', 'cot_prune.node')
  const byFolder = addonPlaces(host(folder, { asked: join(folder, 'other') }))
  t.strictSame(
    byFolder.map(place => place.file),
    [file],
  )
  const byFile = addonPlaces(host(folder, { asked: file }))
  t.strictSame(byFile, byFolder)
  const missing = addonPlaces(host(folder, { asked: join(folder, 'none') }))
  t.throws(() => loadAddon(missing, path => path), /COT_PRUNE_ADDON: there is no .*none/)
})

t.test('where none is, every place is named', async t => {
  const folder = t.testdir()
  const cause = new Error('broken')
  put(folder, 'prebuilds', 'linux-x64', 'cot-prune.napi.glibc.node')
  try {
    loadAddon(addonPlaces(host(folder)), () => {
      throw cause
    })
    t.fail('nothing could be loaded')
  } catch (error) {
    if (!(error instanceof NoAddon)) throw error
    t.equal(error.cause, cause)
    t.equal(error.tried.length, 4)
    t.match(error.tried[0], /^local build: there is no /)
    t.equal(error.tried[1], '@cot-prune/linux-x64-cuda: is not installed')
    t.match(error.tried[3], /^prebuilds: .* did not load: broken$/)
  }
})

t.test('this process is read as it is', async t => {
  const own = addonHost()
  t.equal(own.folder, packageFolder)
  t.equal(own.platform, process.platform)
  t.match(own.libc, process.platform === 'linux' ? /^(glibc|musl)$/ : /^$/)
})
