// @ts-check
/** CMakePresets.json, for cmake-js, which knows no presets; `cmake --preset NAME` reads it by itself. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/**
 * @typedef {object} Preset
 * @property {string} name
 * @property {string} [inherits]
 * @property {string} [toolchainFile]
 * @property {Record<string, string>} [cacheVariables]
 * @property {Record<string, string>} [environment]
 */

/** @type {readonly Preset[]} */
const presets = JSON.parse(readFileSync(join(root, 'CMakePresets.json'), 'utf8')).configurePresets

/**
 * What a preset defines and sets, with what it inherits.
 * @param {string} name
 * @param {Readonly<Record<string, string | undefined>>} [env] for `$env{…}`
 * @returns {{ definitions: Record<string, string>, environment: Record<string, string> }}
 */
export function presetOf(name, env = process.env) {
  const { toolchainFile, cacheVariables, environment } = inherited(name)
  /** @type {Readonly<Record<string, string>>} */
  const macros = { sourceDir: root.slice(0, -1), presetName: name }
  const expand = (/** @type {string} */ text) =>
    text.replace(/\$(env)?\{(\w+)\}/g, (_, ofEnv, key) => (ofEnv ? env : macros)[key] ?? '')
  const all = { ...(toolchainFile && { CMAKE_TOOLCHAIN_FILE: toolchainFile }), ...cacheVariables }
  return { definitions: mapped(all, expand), environment: mapped({ ...environment }, expand) }
}

/** @param {string} name @returns {Preset} */
function inherited(name) {
  const own = presets.find(preset => preset.name === name)
  if (own === undefined) throw new Error(`CMakePresets.json has no ${name}`)
  const base = own.inherits === undefined ? undefined : inherited(own.inherits)
  return {
    ...base,
    ...own,
    cacheVariables: { ...base?.cacheVariables, ...own.cacheVariables },
    environment: { ...base?.environment, ...own.environment },
  }
}

/** @param {Record<string, string>} record @param {(text: string) => string} change */
const mapped = (record, change) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
