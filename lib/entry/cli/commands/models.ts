/** `cot-prune models`: what is on the disk, what is damaged, and which models have short names. */

import {
  type CachedModel,
  type KnownModel,
  knownModels,
  listModels,
  memoryOf,
} from '../../../index.js'
import { tableOf } from '../../../report/grid.js'
import { interruptible } from '../interruptible.js'
import { bytesText } from '../memory-text.js'

export interface ModelsFlags {
  readonly verify?: boolean
  readonly json?: boolean
}

/** The exit code: 1 where something is damaged or incomplete. */
export async function modelsCommand(flags: ModelsFlags): Promise<number> {
  let models: readonly CachedModel[] = []
  const code = await interruptible({ out: undefined }, async signal => {
    models = await listModels({ verify: flags.verify, signal })
    await print(models, flags)
  })
  return code === 0 && models.some(({ state }) => state === 'damaged') ? 1 : code
}

async function print(models: readonly CachedModel[], { json }: ModelsFlags): Promise<void> {
  if (json) return console.log(JSON.stringify({ models, known: knownModels }, null, 2))
  if (models.length === 0)
    console.log('No model is on the disk yet: cot-prune pull NAME fetches one.')
  else {
    const rows = models.map(({ name, bytes, state }) => [name, bytesText(bytes), state])
    console.log(await tableOf(['on the disk', 'size', 'state'], rows))
  }
  for (const { name, path, fault } of models)
    if (fault !== null) console.log(`${name}: ${fault} (${path})`)
  console.log(
    `\n${await tableOf(['short name', 'model', 'licence', 'size, about', 'memory, about'], knownModels.map(knownRow), 3)}`,
  )
  console.log('Memory: weights, buffers and the cache of 8192 tokens.')
}

function knownRow({ name, title, licence, bytes, shape }: KnownModel): readonly string[] {
  return [name, title, licence, bytesText(bytes), bytesText(memoryOf(shape, bytes).total)]
}
