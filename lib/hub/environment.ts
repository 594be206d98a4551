/** Where things of the hub are and how it is asked: the variables that Python's huggingface_hub and llama.cpp read. */

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { invalidValue } from '../base/errors.js'

export interface HubEnvironment {
  /** `models--…` and `datasets--…` are in it. */
  readonly cache: string
  /** Files of other addresses, which that layout has no place for. */
  readonly urlCache: string
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly offline: boolean
  readonly symlinks: boolean
  /** Sent to the endpoint and to nobody else. */
  readonly token: string | null
}

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The environment as it is now.
 * @throws TypeError ERR_INVALID_ARG_VALUE: HF_ENDPOINT is no address
 */
export function hubEnvironment(variables: Variables = process.env): HubEnvironment {
  const path = (name: string): string | null => {
    const text = variables[name]
    return text ? resolve(expand(text, variables)) : null
  }
  const user = path('XDG_CACHE_HOME') ?? join(homedir(), '.cache')
  const home = path('HF_HOME') ?? join(user, 'huggingface')
  const ours =
    path('COT_PRUNE_CACHE') ??
    join(path('XDG_CACHE_HOME') ?? path('LOCALAPPDATA') ?? user, 'cot-prune')
  return {
    cache: path('HF_HUB_CACHE') ?? path('HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub'),
    urlCache: join(ours, 'urls'),
    endpoint: endpointOf(variables.HF_ENDPOINT),
    offline: isTrue(variables.HF_HUB_OFFLINE) || isTrue(variables.TRANSFORMERS_OFFLINE),
    symlinks: !isTrue(variables.HF_HUB_DISABLE_SYMLINKS),
    token: tokenOf(variables, path('HF_TOKEN_PATH') ?? join(home, 'token')),
  }
}

/** As Python writes it: a home folder and variables in a path. */
function expand(text: string, variables: Variables): string {
  const filled = text.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, plain, braced) => {
    const name: string = plain ?? braced
    return variables[name] ?? whole
  })
  return filled.replace(/^~(?=$|[/\\])/, homedir())
}

const isTrue = (text: string | undefined): boolean => /^(1|on|yes|true)$/i.test(text ?? '')

function endpointOf(text: string | undefined): string {
  const endpoint = (text || 'https://huggingface.co').replace(/\/+$/, '')
  if (/^https?:\/\/[^/]/.test(endpoint) && URL.canParse(endpoint)) return endpoint
  throw invalidValue('HF_ENDPOINT', 'an address such as https://huggingface.co', text)
}

function tokenOf(variables: Variables, file: string): string | null {
  const given = clean(variables.HF_TOKEN) ?? clean(variables.HUGGING_FACE_HUB_TOKEN)
  if (isTrue(variables.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return null
  if (given !== null) return given
  try {
    return clean(readFileSync(file, 'utf8'))
  } catch {
    return null // nobody has logged in
  }
}

const clean = (text: string | undefined): string | null =>
  text?.replaceAll(/[\r\n]/g, '').trim() || null
