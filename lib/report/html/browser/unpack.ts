/** Blocks of the page's own file: JSON, compressed, in base64. Each is unpacked when it is asked for, and once. */

const unpacked = new Map<string, Promise<unknown>>()

/** Null where the file has no such block. The seam: what `pack.ts` wrote becomes data again. */
export function unpack<T>(id: string): Promise<T | null> {
  const known = unpacked.get(id)
  // a few are kept, so that going back and forth is instant and 500 traces do not fill the memory
  if (unpacked.size > 20) unpacked.clear()
  const data = known ?? read(id)
  unpacked.set(id, data)
  return data as Promise<T | null>
}

async function read(id: string): Promise<unknown> {
  const block = document.getElementById(id)?.textContent
  if (!block) return null
  const bytes = Uint8Array.from(atob(block), character => character.charCodeAt(0))
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return JSON.parse(await new Response(plain).text())
}
