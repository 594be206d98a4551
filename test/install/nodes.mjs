// @ts-check
/** Node's binaries of several versions, as npm has them, each downloaded once into .cache/. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))

/** The oldest that is supported, and newer lines. */
export const versions = ['20.19.5', '22.20.0', '24.9.0']

/**
 * @param {string} version
 * @param {string} [platform]
 * @returns {string} path of the binary
 */
export function nodeBinary(version, platform = `${process.platform}-${process.arch}`) {
  const name = `node-${platform}`
  const folder = join(cache, `${name}-${version}`)
  const binary = join(folder, 'package', 'bin', 'node')
  if (existsSync(binary)) return binary
  const temporary = `${folder}.${process.pid}.tmp`
  mkdirSync(temporary, { recursive: true })
  try {
    const args = ['pack', `${name}@${version}`, '--pack-destination', temporary, '--silent']
    const file = execFileSync('npm', args, { encoding: 'utf8' }).trim()
    execFileSync('tar', ['-xzf', join(temporary, file), '-C', temporary, 'package/bin/node'])
    rmSync(join(temporary, file))
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(dirname(folder), { recursive: true })
    renameSync(temporary, folder)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
  return binary
}
