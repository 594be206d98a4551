/**
 * Checks of single values. Each returns the value with its type or throws an argument error that
 * names it (`options.maxTokens`). As in Node, a number of the wrong kind (NaN, a fraction) is out
 * of range and a value that is no number is of the wrong type.
 */

import { invalidType, invalidValue, outOfRange, unknownOption } from './errors.js'

/** Both ends are allowed, except `min` with `open`. */
export interface Range {
  readonly min: number
  readonly max: number
  readonly open?: boolean
}

const describe = ({ min, max, open }: Range): string =>
  open ? `above ${min} and at most ${max}` : `from ${min} to ${max}`

const inside = (value: number, { min, max, open }: Range): boolean =>
  value <= max && (open ? value > min : value >= min)

export function integer(name: string, value: unknown, range: Range): number {
  const expected = `an integer ${describe(range)}`
  if (typeof value !== 'number') throw invalidType(name, expected, value)
  if (!Number.isInteger(value) || !inside(value, range)) throw outOfRange(name, expected, value)
  // -0 is an integer in range; it must not reach messages, JSON or the addon as -0.
  return value + 0
}

export function number(name: string, value: unknown, range: Range): number {
  const expected = `a number ${describe(range)}`
  if (typeof value !== 'number') throw invalidType(name, expected, value)
  if (!inside(value, range)) throw outOfRange(name, expected, value)
  return value + 0
}

export function boolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'a boolean', value)
  return value
}

export function string(name: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidType(name, 'a string', value)
  return value
}

export function nonEmptyString(name: string, value: unknown): string {
  if (string(name, value) === '') throw invalidValue(name, 'a non-empty string', value)
  return string(name, value)
}

export function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find(choice => choice === value)
  if (found !== undefined) return found
  const expected = `one of ${choices.map(choice => `'${choice}'`).join(', ')}`
  throw typeof value === 'string'
    ? invalidValue(name, expected, value)
    : invalidType(name, expected, value)
}

/** A read-only view: `Array.isArray` alone would make the elements `any`. */
export function array(name: string, value: unknown, expected: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidType(name, expected, value)
  return value
}

/** By its members, because a signal of another realm or a polyfill is no `instanceof`. */
function isSignal(value: unknown): value is AbortSignal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean' &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function'
  )
}

/** null where there is none. */
export function signal(name: string, value: unknown): AbortSignal | null {
  if (value === undefined) return null
  if (!isSignal(value)) throw invalidType(name, 'an AbortSignal', value)
  return value
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Token ids: integers that are not negative. The vocabulary is checked where they are decoded. */
export function tokenList(name: string, value: unknown): Int32Array {
  const ids = array(name, value, 'an array of token ids')
  return Int32Array.from(ids, (id, i) => integer(`${name}[${i}]`, id, { min: 0, max: 2 ** 31 - 1 }))
}

/** An options object, with no key but the known ones. undefined is an object without options. */
export function checkKnown(name: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  if (!isObject(options)) throw invalidType(name, 'an object', options)
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw unknownOption(`${name}.${key}`, known)
  }
}

/** Keys of an options type; a missing or surplus one does not compile. */
export const keysOf = <T>(keys: Readonly<Record<keyof T, true>>): readonly string[] =>
  Object.keys(keys)
