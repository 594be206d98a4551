/**
 * The install script of the package: a prebuilt addon that loads is taken, else it is compiled.
 * `npm_config_build_from_source` (npm install --build-from-source), or `--from-source` here, skips
 * the prebuilt one. `--dev` also builds the programs that tests and benches need.
 */
import { buildNative, require, root } from './tools.mjs'

const wish = process.env.npm_config_build_from_source
const fromSource =
  process.argv.includes('--from-source') || (wish !== undefined && wish !== '' && wish !== 'false')

const definitions = process.argv.includes('--dev') ? ['COT_PRUNE_DEV=ON'] : []
if (fromSource || !loads()) await buildNative(definitions)

function loads() {
  try {
    require('node-gyp-build')(root)
    return true
  } catch {
    return false
  }
}
