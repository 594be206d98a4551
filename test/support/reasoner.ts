/** The embedded model and its problems, as tests use them. */

import { openDataset } from '../../dist/experiment/index.js'
import { embeddedModel, type Message } from '../../dist/index.js'
import { array, readGguf, string, writeGguf } from './gguf.mjs'

export const reasonerPath: string = (await embeddedModel()).model

/** The first `count` held-out problems as messages. */
export async function problemMessages(count: number): Promise<readonly (readonly Message[])[]> {
  const { problems } = await openDataset('embedded')
  return problems.slice(0, count).map(({ problem }) => [{ role: 'user', content: problem }])
}

/**
 * A copy of a model in which tokens have other texts, in the vocabulary and in the template, of any length: the weights
 * know no difference, so that it reasons as before, in other words.
 *
 * @param renames from the text of a token to its new text
 */
export function renamedModel(
  source: string,
  path: string,
  renames: ReadonlyMap<string, string>,
): string {
  const { metadata, tensors } = readGguf(source)
  const tokens = metadata['tokenizer.ggml.tokens']
  const template = metadata['tokenizer.chat_template']
  if (tokens?.type !== 'array' || tokens.of !== 'string' || template?.type !== 'string') {
    throw new TypeError(`${source} has no vocabulary, or no template`)
  }
  for (const [from, to] of renames) {
    if (!tokens.value.includes(from)) throw new RangeError(`there is no token ${from}`)
    if (tokens.value.includes(to)) throw new RangeError(`there is a token ${to} already`)
  }
  // in one pass: a new text may hold the text of a token that is renamed itself
  const old = new RegExp([...renames.keys()].map(escaped).join('|'), 'g')
  writeGguf(path, {
    tensors,
    metadata: {
      ...metadata,
      'tokenizer.ggml.tokens': array(
        'string',
        tokens.value.map(text => renames.get(text) ?? text),
      ),
      'tokenizer.chat_template': string(
        template.value.replace(old, text => renames.get(text) ?? text),
      ),
    },
  })
  return path
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
