/** A model in several files, as llama.cpp's gguf-split writes them. */

import { join } from 'node:path'
import { type GgufValue, readGguf, writeGguf } from './gguf.mjs'

/** Paths of the parts, `NAME-00001-of-0000N.gguf`; the first has all that is known of the model. */
export function splitModel(
  source: string,
  folder: string,
  { name, count }: { readonly name: string; readonly count: number },
): readonly string[] {
  const { metadata, tensors } = readGguf(source)
  const each = Math.ceil(tensors.length / count)
  return Array.from({ length: count }, (_, i) => {
    const number = (n: number) => String(n).padStart(5, '0')
    const path = join(folder, `${name}-${number(i + 1)}-of-${number(count)}.gguf`)
    const split: Readonly<Record<string, GgufValue>> = {
      'split.no': { type: 'u16', value: i },
      'split.count': { type: 'u16', value: count },
      'split.tensors.count': { type: 'i32', value: tensors.length },
    }
    const known = i === 0 ? metadata : {}
    writeGguf(path, {
      metadata: { ...known, ...split },
      tensors: tensors.slice(i * each, (i + 1) * each),
    })
    return path
  })
}
