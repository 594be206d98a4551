/** Work that several processes do, for the command line. */

export { inOrder, type Settled } from './in-order.js'
export { Pool } from './processes/pool.js'
export { serveParent } from './processes/serve-parent.js'
export { checkAddress, withoutPassword } from './redis/address.js'
export { Desk } from './redis/desk.js'
export { serveQueue } from './redis/serve-queue.js'
export { differenceOf, withId } from './spec.js'
export type * from './types.js'
