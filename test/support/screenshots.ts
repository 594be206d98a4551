/** Pictures of pages for people: under the test output always, in docs/images where they are asked for. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { packageFolder } from '../../dist/base/package.js'

const folders = [
  join(packageFolder, '.tap', 'screenshots'),
  // a picture that changed is a change to look at: COT_PRUNE_WRITE_IMAGES=1 npm test -- test/report/picture.test.ts
  ...(process.env.COT_PRUNE_WRITE_IMAGES ? [join(packageFolder, 'docs', 'images')] : []),
]

/** @param name of the file, without `.png` */
export async function shoot(page: Page, name: string): Promise<void> {
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true })
    await page.screenshot({ path: join(folder, `${name}.png`) })
  }
}
