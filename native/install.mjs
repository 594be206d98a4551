/**
 * The install script of the package: an addon that loads is taken, wherever it comes from
 * (docs/install.md), else it is compiled. `npm_config_build_from_source` (npm install
 * --build-from-source), or `--from-source` here, compiles in any case. `--dev` also builds the programs that
 * tests and benches need; `--native` is for this processor alone, `--no-native` for any that is like it.
 */
import { buildNative } from './tools.mjs'

const wish = process.env.npm_config_build_from_source
const asked = name => process.argv.includes(name)
const fromSource = asked('--from-source') || (wish !== undefined && wish !== '' && wish !== 'false')

const definitions = [
  ...(asked('--dev') ? ['COT_PRUNE_DEV=ON'] : []),
  ...(asked('--native') ? ['GGML_NATIVE=ON'] : []),
  ...(asked('--no-native') ? ['GGML_NATIVE=OFF'] : []),
]
if (fromSource || !(await loads())) await buildNative(definitions)

async function loads() {
  try {
    const { native } = await import('../dist/engine/native.js')
    native()
    return true
  } catch {
    return false
  }
}
