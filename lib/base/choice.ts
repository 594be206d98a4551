/** A choice that is the name of a built-in, or an object of one's own with a name and a function. */

import { isObject } from './check.js'
import { invalidType, invalidValue } from './errors.js'

interface Named {
  readonly name: string
}

/** An object of the caller's; what its function returns is checked where it is called. */
function isOwn<T extends Named>(value: unknown, method: keyof T & string): value is T {
  if (!isObject(value) || !('name' in value) || !(method in value)) return false
  const { name } = value
  return typeof name === 'string' && name !== '' && typeof Reflect.get(value, method) === 'function'
}

/**
 * @param option how messages call it
 * @param known the built-in ones; none where there are no names to choose from
 * @param method the one function that an object of one's own needs
 * @throws TypeError for an unknown name and for anything else
 */
export function builtInOrOwn<T extends Named>(
  option: string,
  choice: unknown,
  known: readonly T[],
  method: keyof T & string,
): T {
  const found = known.find(({ name }) => name === choice)
  if (found !== undefined) return found
  if (isOwn<T>(choice, method)) return choice
  const own = `an object with a name and a ${method} function`
  if (known.length === 0) throw invalidType(option, own, choice)
  const expected = `one of ${known.map(({ name }) => `'${name}'`).join(', ')} or ${own}`
  throw typeof choice === 'string'
    ? invalidValue(option, expected, choice)
    : invalidType(option, expected, choice)
}
