/** The embedded model and its problems, as tests use them. */

import { openDataset } from '../../dist/experiment/index.js'
import { embeddedModel, type Message } from '../../dist/index.js'

export const reasonerPath: string = (await embeddedModel()).model

/** The first `count` held-out problems as messages. */
export async function problemMessages(count: number): Promise<readonly (readonly Message[])[]> {
  const { problems } = await openDataset('embedded')
  return problems.slice(0, count).map(({ problem }) => [{ role: 'user', content: problem }])
}
