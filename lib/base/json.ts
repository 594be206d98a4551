/** JSON of a file → a value that calls within calls may go over. */

/** Nothing of ours is nested deeper; `JSON.stringify` and others end in a stack overflow from some thousands on. */
export const deepestJson = 200

export type Reviver = (key: string, value: unknown) => unknown

/** @throws SyntaxError where it is no JSON, or nested too deep */
export function parseJson(text: string, reviver?: Reviver): unknown {
  if (depthOf(text) > deepestJson) {
    throw new SyntaxError(`it is nested deeper than ${deepestJson} levels`)
  }
  const value: unknown = JSON.parse(text, reviver)
  return value
}

const codes = { quote: 34, backslash: 92, openList: 91, closeList: 93, open: 123, close: 125 }

/** Of brackets that are not in strings; of what is no JSON any number. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === codes.backslash) i++
      else if (code === codes.quote) inString = false
    } else if (code === codes.quote) inString = true
    else if (code === codes.open || code === codes.openList) deepest = Math.max(deepest, ++depth)
    else if (code === codes.close || code === codes.closeList) depth--
  }
  return deepest
}
