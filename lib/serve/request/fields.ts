/** The fields of a request, each read once by name. null is as good as left out, as clients have it. */

import * as check from '../../base/check.js'
import { invalidType, unknownOption } from '../../base/errors.js'
import { invalid } from '../http/api-error.js'

export class Fields {
  readonly #values: Readonly<Record<string, unknown>>
  readonly #prefix: string

  /**
   * @param known what is read; @param ignored what is there for other servers
   * @throws TypeError for no object, and for a field that is neither
   */
  constructor(
    body: unknown,
    known: readonly string[],
    ignored: readonly string[] = [],
    prefix = '',
  ) {
    if (!check.isObject(body)) {
      throw invalidType(prefix === '' ? 'the body' : prefix, 'an object', body)
    }
    this.#values = { ...body }
    this.#prefix = prefix === '' ? '' : `${prefix}.`
    for (const key of Object.keys(body)) {
      if (known.includes(key) || ignored.includes(key)) continue
      if (this.raw(key) !== undefined) throw unknownOption(this.name(key), known)
    }
  }

  name(key: string): string {
    return this.#prefix + key
  }

  raw(key: string): unknown {
    return this.#values[key] ?? undefined
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined
  }

  #read<T>(key: string, read: (name: string, value: unknown) => T): T | undefined {
    const value = this.raw(key)
    return value === undefined ? undefined : read(this.name(key), value)
  }

  integer(key: string, min: number, max = 2 ** 31 - 1): number | undefined {
    return this.#read(key, (name, value) => check.integer(name, value, { min, max }))
  }

  number(key: string, range: check.Range): number | undefined {
    return this.#read(key, (name, value) => check.number(name, value, range))
  }

  boolean(key: string): boolean | undefined {
    return this.#read(key, check.boolean)
  }

  string(key: string): string | undefined {
    return this.#read(key, check.string)
  }

  oneOf<T extends string>(key: string, choices: readonly T[]): T | undefined {
    return this.#read(key, (name, value) => check.oneOf(name, value, choices))
  }

  object(key: string): object | undefined {
    return this.#read(key, (name, value) => {
      if (check.isObject(value)) return value
      throw invalidType(name, 'an object', value)
    })
  }

  /** One text or several. */
  texts(key: string, most: number): readonly string[] {
    const value = this.raw(key)
    if (value === undefined) return []
    const name = this.name(key)
    if (typeof value === 'string') return [check.nonEmptyString(name, value)]
    const list = check.array(name, value, `a string or an array of at most ${most}`)
    if (list.length > most) throw invalid(name, `${name} must have at most ${most} entries`)
    return list.map((entry, i) => check.nonEmptyString(`${name}[${i}]`, entry))
  }

  /** The value of whichever of several names for one thing is there; they must not disagree. */
  same<T>(keys: readonly string[], read: (key: string) => T | undefined): T | undefined {
    const found = keys.flatMap(key => {
      const value = read(key)
      return value === undefined ? [] : [{ key, value }]
    })
    const [first] = found
    const other = found.find(({ value }) => value !== first?.value)
    if (first === undefined || other === undefined) return first?.value
    const names = `${this.name(first.key)} and ${this.name(other.key)}`
    throw invalid(this.name(other.key), `${names} are two names of one thing, and differ`)
  }
}
