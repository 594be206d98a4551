/**
 * Checks of plain data of unknown shape. A check returns the first fault that it finds; its path is
 * put together only then, so that long lists cost no strings.
 */

export interface Fault {
  /** Behind the name of what was checked: `.tokens[3]`. */
  readonly path: string
  readonly expected: string
  readonly received: unknown
}

export type Check = (value: unknown) => Fault | null

export const fault = (path: string, expected: string, received: unknown): Fault => ({
  path,
  expected,
  received,
})

/* ---- single values ------------------------------------------------------------------------ */

export const when =
  (expected: string, test: (value: unknown) => boolean): Check =>
  value =>
    test(value) ? null : fault('', expected, value)

export const text = when('a string', value => typeof value === 'string')
export const integer = when(
  'an integer from 0',
  value => Number.isSafeInteger(value) && Number(value) >= 0,
)
export const finite = when('a finite number', value => Number.isFinite(value))
export const share = when(
  'a finite number from 0',
  value => Number.isFinite(value) && Number(value) >= 0,
)
export const flag = when('a boolean', value => typeof value === 'boolean')
export const among = (...choices: readonly unknown[]): Check =>
  when(`one of ${choices.map(choice => JSON.stringify(choice)).join(', ')}`, value =>
    choices.includes(value),
  )

/* ---- shapes ------------------------------------------------------------------------------- */

const under = (key: string, { path, expected, received }: Fault): Fault =>
  fault(key + path, expected, received)

export const list =
  (check: Check): Check =>
  value => {
    if (!Array.isArray(value)) return fault('', 'an array', value)
    for (let i = 0; i < value.length; i++) {
      const found = check(value[i])
      if (found !== null) return under(`[${i}]`, found)
    }
    return null
  }

/** What may be missing. */
export const optional =
  (check: Check): Check =>
  value =>
    value === undefined ? null : check(value)

/** @param what it is, where it is not null */
export const orNull = (what: string, check: Check): Check =>
  either(`${what} or null`, check, value => (value === null ? null : check(value)))

/** Other keys are allowed: a later version may add some. */
export const record =
  (checks: Readonly<Record<string, Check>>): Check =>
  value => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return fault('', 'an object', value)
    }
    const entries: Readonly<Record<string, unknown>> = { ...value }
    for (const [key, check] of Object.entries(checks)) {
      const found = check(entries[key])
      if (found !== null) return under(`.${key}`, found)
    }
    return null
  }

/** The first check that passes decides; `expected` says what they are together. */
export const either = (expected: string, ...checks: readonly Check[]): Check =>
  when(expected, value => checks.some(check => check(value) === null))
