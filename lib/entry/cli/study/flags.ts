/** What `cot-prune study` is asked. */

import type { AskFlags } from '../asking.js'
import type { ModelFlags } from '../open-model.js'
import type { StudyPart } from './part-names.js'

export interface StudyFlags extends ModelFlags, AskFlags {
  readonly parts: readonly StudyPart[]
  readonly traces?: string
  readonly limit?: number
  readonly dataset: string
  readonly problems: number
  readonly maxTokens: number
  readonly heads: number
  readonly context?: number
  readonly threads?: number
  readonly json?: boolean
}
