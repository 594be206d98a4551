// @ts-check
/**
 * Packs what is published: a package for each addon below prebuilds/, and cot-prune, which names those of all platforms
 * as optional dependencies of its own version. They are written into the packed package alone, since what
 * is not published yet could not be installed in the repository.
 */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileOf, folderOf, onPurpose, platforms } from './platforms.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))

/**
 * @typedef {object} Packed
 * @property {string} name
 * @property {string} version
 * @property {string} file the tarball
 * @property {number} bytes of it
 * @property {number} unpacked bytes on the disk
 */

/** @returns {{ version: string, [key: string]: unknown }} */
const manifestOf = (/** @type {string} */ folder) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/**
 * Tarballs of cot-prune and of all platforms whose addon is there, in `out`.
 * @param {string} out
 * @returns {Packed[]} cot-prune first
 */
export function packAll(out) {
  for (const needed of ['dist/index.js', 'native/vendor/llama.cpp/cot-prune.json']) {
    if (!existsSync(join(root, needed))) {
      throw new Error(`there is no ${needed} yet: npm run vendor && npm run build`)
    }
  }
  mkdirSync(out, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'cot-prune-pack-'))
  try {
    return [packMain(work, out), ...packPlatforms(work, out)]
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** @param {string} work @param {string} out */
function packMain(work, out) {
  const { file } = pack(root, work)
  execFileSync('tar', ['-xzf', file, '-C', work])
  const folder = join(work, 'package')
  const manifest = manifestOf(folder)
  const others = Object.fromEntries(
    platforms.map(({ name }) => [`@cot-prune/${name}`, manifest.version]),
  )
  const optionalDependencies = { ...Object(manifest.optionalDependencies), ...others }
  write(folder, { ...manifest, optionalDependencies })
  return pack(folder, out)
}

/** @param {string} work @param {string} out */
function packPlatforms(work, out) {
  const { version, license, engines, repository } = manifestOf(root)
  return [...platforms, ...onPurpose].flatMap(platform => {
    const addon = join(root, 'prebuilds', folderOf(platform), fileOf(platform))
    if (!existsSync(addon)) return []
    const folder = join(work, platform.name)
    mkdirSync(folder)
    const { os, cpu, libc } = platform
    write(folder, {
      name: `@cot-prune/${platform.name}`,
      version,
      description: `The compiled addon of cot-prune for ${platform.name}.`,
      license,
      engines,
      ...(repository !== undefined && { repository }),
      os: [os],
      cpu: [cpu],
      ...(libc !== undefined && { libc: [libc] }),
      main: fileOf(platform),
      files: [fileOf(platform), 'licenses'],
      // the addon is loaded from the disk, not from an archive
      preferUnplugged: true,
      publishConfig: { access: 'public' },
    })
    const words = `# @cot-prune/${platform.name}\n\nThe compiled addon of cot-prune, ${platform.cuda ? 'to be installed beside it where there is a GPU (docs/gpu.md)' : 'which npm installs with it where it fits'}. MIT; licenses/ has those of llama.cpp.\n`
    writeFileSync(join(folder, 'README.md'), words)
    copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
    copyFileSync(addon, join(folder, fileOf(platform)))
    const llama = join(root, 'native', 'vendor', 'llama.cpp')
    cpSync(join(llama, 'licenses'), join(folder, 'licenses'), { recursive: true })
    copyFileSync(join(llama, 'LICENSE'), join(folder, 'licenses', 'LICENSE-llama.cpp'))
    return [pack(folder, out)]
  })
}

/** @param {string} folder @param {object} manifest */
function write(folder, manifest) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** @param {string} folder @param {string} out @returns {Packed} */
function pack(folder, out) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', out]
  const text = execFileSync('npm', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 })
  const parsed = JSON.parse(text)
  // npm 11.6 answers with an object by name, older ones with a list
  const [about] = Array.isArray(parsed) ? parsed : Object.values(parsed)
  const file = join(out, about.filename)
  return {
    name: about.name,
    version: about.version,
    file,
    bytes: statSync(file).size,
    unpacked: about.unpackedSize,
  }
}
