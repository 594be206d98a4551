/** Lists of attention heads. */

import type { HeadRef } from '../../types/public.js'
import { array, checkKnown, integer, isObject, keysOf } from '../base/check.js'
import { invalidType, invalidValue } from '../base/errors.js'

const maxInt32 = 2 ** 31 - 1
const headKeys = keysOf<HeadRef>({ layer: true, head: true })

function headOf(name: string, value: unknown): HeadRef {
  if (!isObject(value)) throw invalidType(name, 'an object with layer and head', value)
  checkKnown(name, value, headKeys)
  const { layer, head }: Partial<Record<keyof HeadRef, unknown>> = value
  return {
    layer: integer(`${name}.layer`, layer, { min: 0, max: maxInt32 }),
    head: integer(`${name}.head`, head, { min: 0, max: maxInt32 }),
  }
}

/** @throws TypeError that names the head which is there twice */
export function eachOnce(name: string, heads: readonly HeadRef[]): readonly HeadRef[] {
  const seen = new Set<string>()
  for (const [i, { layer, head }] of heads.entries()) {
    const one = `layer ${layer}, head ${head}`
    if (seen.has(one)) throw invalidValue(`${name}[${i}]`, 'a head not listed before', one)
    seen.add(one)
  }
  return heads
}

/** A list of heads that is not empty. */
export function headListOf(
  name: string,
  value: unknown,
  expected = 'a non-empty array of heads',
): readonly HeadRef[] {
  const list = array(name, value, expected)
  if (list.length === 0) throw invalidValue(name, expected, value)
  return Array.from(list, (entry, i) => headOf(`${name}[${i}]`, entry))
}
