/** Files that cannot be written are typed and named, and nothing is left half-written. */

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  createFile,
  demandNew,
  LineFile,
  makeFolder,
  replaceFile,
  writeFault,
} from '../../dist/base/files.js'
import { smallDisk } from '../support/small-disk.js'

t.test('a file is replaced as a whole, and nothing else is left', async t => {
  const folder = t.testdir({ x: 'old' })
  await replaceFile(join(folder, 'x'), 'new')
  t.equal(readFileSync(join(folder, 'x'), 'utf8'), 'new')
  await replaceFile(join(folder, 'y'), new Uint8Array([1, 2]))
  t.strictSame(readdirSync(folder), ['x', 'y'])
  mkdirSync(join(folder, 'folder', 'x'), { recursive: true })
  await t.rejects(replaceFile(join(folder, 'folder'), 'text'), {
    code: 'ERR_RESULTS',
    message: /folder cannot be written: .*; choose another --out/,
  })
  t.strictSame(readdirSync(folder), ['folder', 'x', 'y'])
})

t.test('a link goes on to lead to the file, and a device is written as it comes', async t => {
  const folder = t.testdir({ x: 'old' })
  const link = join(folder, 'link')
  symlinkSync('x', link)
  await replaceFile(link, ['piece ', 'by piece'])
  t.ok(lstatSync(link).isSymbolicLink())
  t.equal(readFileSync(join(folder, 'x'), 'utf8'), 'piece by piece')
  if (existsSync('/dev/null')) await replaceFile('/dev/null', 'text')
  t.ok(!existsSync('/dev/null') || lstatSync('/dev/null').isCharacterDevice())
})

t.test('a new file: whole, or not there, and never in the place of another', async t => {
  const folder = t.testdir({ x: 'old' })
  const there = { code: 'ERR_RESULTS', message: /x is there already, and is not overwritten/ }
  await t.rejects(createFile(join(folder, 'x'), 'new'), there)
  await t.rejects(demandNew(join(folder, 'x')), there)
  await t.rejects(LineFile.create(join(folder, 'x')), there)
  const cut = async function* () {
    yield new Uint8Array([1])
    // somebody else has the name meanwhile
    writeFileSync(join(folder, 'y'), 'theirs')
  }
  await t.rejects(createFile(join(folder, 'y'), cut()), { message: /y is there already/ })
  t.equal(readFileSync(join(folder, 'y'), 'utf8'), 'theirs')
  const fails = async function* () {
    yield new Uint8Array([1])
    throw new Error('no more')
  }
  await t.rejects(createFile(join(folder, 'z'), fails()), { message: 'no more' })
  await createFile(join(folder, 'w'), ['a', 'b'])
  t.equal(readFileSync(join(folder, 'w'), 'utf8'), 'ab')
  const lines = await LineFile.create(join(folder, 'l'))
  await lines.append('one\n')
  await lines.close()
  t.equal(readFileSync(join(folder, 'l'), 'utf8'), 'one\n')
  t.strictSame(readdirSync(folder), ['l', 'w', 'x', 'y'])
})

t.test('what is no fault of a file stays as it is', t => {
  const error = new Error('other')
  t.equal(writeFault(error, 'x'), error)
  t.equal(writeFault('text', 'x'), 'text')
  t.end()
})

t.test('lines: what is behind the given bytes is cut off, too few are refused', async t => {
  const path = join(t.testdir({ lines: 'one\ntwo\nthr' }), 'lines')
  const file = await LineFile.open(path, 8)
  await file.append('é\n')
  await file.sync()
  await file.close()
  t.equal(readFileSync(path, 'utf8'), 'one\ntwo\né\n')
  await t.rejects(LineFile.open(path, 100), {
    code: 'ERR_RESULTS',
    message: /lines has 11 bytes, fewer than the 100 that were written: it was changed/,
  })
})

t.test('a folder below a file, and a file where a folder is', async t => {
  const folder = t.testdir({ file: 'x', below: {} })
  await t.rejects(makeFolder(join(folder, 'file', 'x')), {
    code: 'ERR_RESULTS',
    message: /file.x cannot be written: /,
  })
  await t.rejects(LineFile.open(join(folder, 'below'), 0), { code: 'ERR_RESULTS' })
})

t.test('a folder without the right to write', { skip: process.getuid?.() === 0 }, async t => {
  const folder = t.testdir()
  chmodSync(folder, 0o500)
  const denied = { code: 'ERR_RESULTS', message: /permission denied/ }
  await t.rejects(replaceFile(join(folder, 'x'), ''), denied)
  await t.rejects(LineFile.open(join(folder, 'y'), 0), denied)
})

t.test('a device that is full', { skip: !existsSync('/dev/full') }, async t => {
  const folder = t.testdir()
  symlinkSync('/dev/full', join(folder, 'full'))
  const file = await LineFile.open(join(folder, 'full'), 0)
  await t.rejects(file.append('x\n', 'at line 3'), {
    code: 'ERR_DISK_FULL',
    message: /full cannot be written at line 3: no space is left; make room, then start it again/,
  })
  await file.close()
})

t.test('a disk that is full, and one that is read-only', async t => {
  const disk = smallDisk(t, 32)
  if (disk === null) return
  const folder = disk.path
  const lines = join(folder, 'lines')
  const file = await LineFile.open(lines, 0)
  const line = `${'x'.repeat(1500)}\n`
  let written = 0
  const full = { code: 'ERR_DISK_FULL', message: /lines cannot be written: no space is left/ }
  await t.rejects(async () => {
    for (;;) {
      await file.append(line)
      written++
    }
  }, full)
  t.ok(written > 10)
  t.equal(statSync(lines).size, written * line.length, 'nothing of the line that did not fit')
  await t.rejects(file.append(line.repeat(4)), full)
  await t.rejects(replaceFile(join(folder, 'new'), 'z'.repeat(20_000)), { code: 'ERR_DISK_FULL' })
  writeFileSync(join(folder, 'old'), '')
  t.strictSame(readdirSync(folder), ['lines', 'old'])
  await file.close()
  disk.remount('ro')
  const readOnly = { code: 'ERR_RESULTS', message: /read-only/ }
  await t.rejects(replaceFile(join(folder, 'old'), 'text'), readOnly)
  await t.rejects(LineFile.open(lines, 0), readOnly)
  await t.rejects(makeFolder(join(folder, 'folder')), readOnly)
})
