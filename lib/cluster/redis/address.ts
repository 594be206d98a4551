/** Where a queue is. Its password is in no message. Pure. */

import { invalidValue } from '../../base/errors.js'

/** `redis://user:***@host:6379/0`; text without such an address in it is as it was. */
export const withoutPassword = (text: string): string =>
  // to the last @ of the word: a password that was not encoded may have any character
  text.replaceAll(/(rediss?:\/\/)([^:@\s]*)(?::\S*)?@/g, '$1$2:***@')

const expected = 'redis://[user:password@]host[:port][/database], or rediss:// for TLS'

/** @throws TypeError without the password */
export function checkAddress(name: string, address: string): string {
  try {
    const { protocol, hostname } = new URL(address)
    if (/^rediss?:$/.test(protocol) && hostname !== '') return address
  } catch {
    // said below
  }
  throw invalidValue(name, expected, address.replace(/^.*@/s, '***@'))
}

/** What keys are called: one braced part, so that a cluster keeps them together. */
export const keysOf = (queueName: string) => {
  const prefix = `{cot-prune:${queueName}}`
  return {
    prefix,
    /** Who runs what, for as long as it says so: `RUN HOLDER`. */
    lease: `${prefix}:lease`,
    /** Workers by name, as each says what it is. */
    workers: `${prefix}:workers`,
    spec: (run: string) => `${prefix}:${run}:spec`,
    /** Its coordinator has ended it; for a minute, so that workers need not guess. */
    over: (run: string) => `${prefix}:${run}:over`,
    /** By job. */
    results: (run: string) => `${prefix}:${run}:results`,
    failures: (run: string) => `${prefix}:${run}:failures`,
  }
}
