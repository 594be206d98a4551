/**
 * Compiled modules of this package as one script for the page: the code that prunes there is the code that prunes here.
 * It knows the few forms of `import` and `export` that our compiler writes, and refuses others; an index is looked
 * through, so that one of its names brings the file that has it, and nothing else of the index.
 */

import { readFileSync } from 'node:fs'

/** The files, and at the end `start`, a statement that sees their names. */
export function bundle(entries: readonly URL[], start: string): string {
  const modules = new Map<string, string>()
  const parts: string[] = []
  const add = (url: URL): string => {
    const known = modules.get(url.href)
    if (known !== undefined) return known
    const module = read(url)
    const imports = module.imports.map(({ names, from }) =>
      names.map(({ name, as }) => {
        const source = sourceOf(new URL(from, url), name)
        return `  const { ${source.name}: ${as} } = ${add(source.url)}\n`
      }),
    )
    const id = `m${modules.size}`
    modules.set(url.href, id)
    const names = module.exports.join(', ')
    parts.push(
      `const ${id} = (() => {\n${imports.flat().join('')}${module.code}\nreturn { ${names} }\n})()`,
    )
    return id
  }
  const opened = entries.map(url => {
    const id = add(url)
    return `const { ${read(url).exports.join(', ')} } = ${id}`
  })
  const script = ["'use strict'", ...parts, ...opened, start].join('\n')
  // an inline script ends where this stands, be it in a string
  return script.replaceAll(/<(?=\/script|!--)/gi, '\\x3c')
}

interface Name {
  readonly name: string
  readonly as: string
}

interface Module {
  readonly imports: readonly { readonly names: readonly Name[]; readonly from: string }[]
  /** Of other files, handed on. */
  readonly handed: Module['imports']
  readonly exports: readonly string[]
  readonly code: string
}

const cache = new Map<string, Module>()

function read(url: URL): Module {
  const known = cache.get(url.href)
  if (known !== undefined) return known
  const module = parse(readFileSync(url, 'utf8'), url)
  cache.set(url.href, module)
  return module
}

const importLine = /^import \{([^}]*)\} from '([^']+)';\n/gm
const exportFrom = /^export \{([^}]*)\} from '([^']+)';\n/gm
const declaration = /^export (?=(?:async )?(?:const|let|function|class) (\w+))/gm

function parse(source: string, url: URL): Module {
  const text = source.replace(/^\/\/# sourceMappingURL=.*$/m, '').replace(/^export \{\};\n/gm, '')
  const all = (pattern: RegExp) =>
    Array.from(text.matchAll(pattern), ([, names = '', from = '']) => ({
      names: namesOf(names),
      from,
    }))
  const exports = Array.from(text.matchAll(declaration), ([, name = '']) => name)
  const code = text.replace(importLine, '').replace(exportFrom, '').replace(declaration, '')
  return { imports: all(importLine), handed: all(exportFrom), exports, code: checked(code, url) }
}

function checked(code: string, { pathname }: URL): string {
  const line = /^(?:import|export)\b.*/m.exec(code)
  // an index may hand on whole files, which is no name that is asked for here
  if (line === null || /^export \* from /.test(line[0])) return code
  throw new Error(`${pathname} cannot run in a page: ${line[0]}`)
}

const namesOf = (list: string): Name[] =>
  list
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => {
      const [name = '', as = name] = part.split(/\s+as\s+/)
      return { name, as }
    })

/** The file that declares a name, through any index. */
function sourceOf(url: URL, name: string): { readonly url: URL; readonly name: string } {
  const module = read(url)
  if (module.exports.includes(name)) return { url, name }
  for (const { names, from } of module.handed) {
    const found = names.find(({ as }) => as === name)
    if (found !== undefined) return sourceOf(new URL(from, url), found.name)
  }
  throw new Error(`${url.pathname} has no ${name} for a page`)
}
