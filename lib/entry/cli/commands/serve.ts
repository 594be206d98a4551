/** `cot-prune serve`: models behind the API that OpenAI's clients speak, and a page, until somebody ends it. */

import { type History, type RunningServer, serve } from '../../../serve/index.js'
import { type ModelFlags, modelPath, placementOf } from '../open-model.js'
import { embeddedName } from '../options.js'
import { note } from '../progress.js'

export interface ServeFlags extends Omit<ModelFlags, 'model'> {
  readonly model: readonly string[]
  readonly host: string
  readonly port: number
  readonly apiKey?: string
  /** false: --no-token. */
  readonly token: boolean
  readonly allowHost?: readonly string[]
  readonly parallel: number
  readonly context?: number
  readonly queue: number
  readonly threads?: number
  readonly history: History
  readonly grace: number
  /** false: --no-page. */
  readonly page: boolean
  readonly json?: boolean
}

/** Resolves when it was told to end, and has. */
export async function serveCommand(flags: ServeFlags): Promise<void> {
  const { chatTemplate: given, thinking, isolate } = flags
  const chatTemplate = given === undefined || given === 'none' ? given : { file: given }
  const names = flags.model.length === 0 ? [embeddedName] : flags.model
  const models = await Promise.all(
    names.map(async name => ({
      path: await modelPath({ ...flags, model: name }),
      ...(name === embeddedName && { id: embeddedName }),
      options: { ...placementOf(flags), chatTemplate, thinking, isolate },
    })),
  )
  const server = await serve({
    models,
    host: flags.host,
    port: flags.port,
    token: flags.token ? flags.apiKey : null,
    allowedHosts: flags.allowHost,
    parallel: flags.parallel,
    contextLength: flags.context,
    queue: flags.queue,
    threads: flags.threads,
    history: flags.history,
    graceMillis: flags.grace * 1000,
    page: flags.page,
  })
  console.log(flags.json ? JSON.stringify(address(server)) : described(server))
  await ended(flags)
  await server.close()
}

const address = ({ apiUrl, pageUrl, token, models }: RunningServer) => ({
  apiUrl,
  pageUrl,
  token,
  models,
})

function described({ apiUrl, pageUrl, token, models, host }: RunningServer): string {
  const open = token === null && host !== '127.0.0.1' && host !== '::1'
  return [
    `models    ${models.join(', ')}`,
    `base URL  ${apiUrl}`,
    `key       ${token ?? 'none is needed'}`,
    ...(pageUrl === null ? [] : [`page      ${pageUrl}`]),
    ...(open ? ['          anybody who reaches this address may ask'] : []),
  ].join('\n')
}

/** Resolves at SIGINT or SIGTERM; the second one ends the process at once. */
function ended(flags: ServeFlags): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      process.off('SIGINT', end)
      process.off('SIGTERM', end)
      note(`what runs is finished, for ${flags.grace} s at most; once more ends it at once`, flags)
      resolve()
    }
    process.on('SIGINT', end)
    process.on('SIGTERM', end)
  })
}
