/**
 * The walls between the two sides of the addon, as rules over its sources: the binding (native/*.h, *.cc) knows
 * Node-API, the engine (native/engine/) knows llama.cpp, and neither knows the other's. Part of `npm run lint`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What each side may not have in its code, comments aside, and why. */
const rules = {
  binding: [
    [/#include\s*[<"](llama|ggml|gguf|jinja)/, 'the binding does not know llama.cpp'],
    [/\b(llama|ggml|gguf)_\w+\(/, 'the binding does not know llama.cpp'],
  ],
  engine: [
    // it runs on threads of its own, where nothing of JavaScript may be touched
    [/napi|node_api|v8::|uv_/i, 'the engine does not know JavaScript'],
    [/#include\s*"\.\.\//, 'the engine includes nothing from outside'],
    // what is not public changes without notice: the patch and the template renderer alone are pinned
    [
      /#include\s*[<"](?!(?:llama\.h|llama-(?:attn|logits)\.h|ggml[\w-]*\.h|gguf\.h|jinja\/[\w-]+\.h)[>"])(?:llama|ggml|gguf\.h|jinja|common|src\/)/,
      "llama.cpp's public headers, our patch's and the template renderer's only",
    ],
  ],
}
/** napi.h needs our macros in front of it, so that one header includes it. */
const napi = /#include\s*(<(napi|node_api|js_native)|"(napi|node_api)\.h")/

/**
 * `path:line: rule` for each break.
 * @param {string} root the folder that native/ is in
 */
export function brokenWalls(root) {
  const binding = sourcesOf(root, 'native')
  const engine = sourcesOf(root, 'native/engine')
  const others = binding.filter(({ path }) => path !== 'native/napi_setup.h')
  return [
    ...broken(binding, rules.binding),
    ...broken(engine, rules.engine),
    ...broken(others, [[napi, 'napi_setup.h alone includes napi.h']]),
  ]
}

function sourcesOf(root, folder) {
  return readdirSync(join(root, folder))
    .filter(name => /\.(h|cc|cpp)$/.test(name))
    .map(name => {
      const path = `${folder}/${name}`
      return { path, lines: linesOf(readFileSync(join(root, path), 'utf8')) }
    })
}

/** Comments become blanks, so that lines keep their numbers. */
function linesOf(text) {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, comment => comment.replace(/[^\n]/g, ' '))
    .split('\n')
    .map(line => line.replace(/(^|\s)\/\/.*$/, ''))
}

function broken(sources, those) {
  return sources.flatMap(({ path, lines }) =>
    lines.flatMap((line, i) =>
      those
        .filter(([pattern]) => pattern.test(line))
        .map(([, rule]) => `${path}:${i + 1}: ${rule}`),
    ),
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = brokenWalls(process.cwd())
  for (const line of found) console.error(line)
  process.exit(found.length > 0 ? 1 : 0)
}
