/** The HTTP library. It is optional: who serves nothing does not need it. */

import { CotPruneError } from '../../base/errors.js'

export async function httpPackages() {
  try {
    const [{ Hono }, { createAdaptorServer }] = await Promise.all([
      import('hono'),
      import('@hono/node-server'),
    ])
    return { Hono, createAdaptorServer }
  } catch (error) {
    const message = 'a server needs hono, an optional package: npm install hono @hono/node-server'
    throw new CotPruneError('ERR_OPTIONAL_PACKAGE', message, { cause: error })
  }
}
