/** How often the ends of a queue look, in milliseconds. */

/** Without a sign of its coordinator for so long, a queue is free. */
export const leaseMillis = 15_000

/** How often a coordinator and a worker say that they live, and look who else does. */
export const tickMillis = 2000

/** A worker that said nothing for so many looks is gone. */
export const silentTicks = 8

/** A run whose coordinator is not heard of for so many looks is over. */
export const lostTicks = 10
