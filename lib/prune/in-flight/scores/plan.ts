import type { LiveScore, Observer } from '../../../../types/public.js'
import { meanOf } from './step-attention.js'

/** Asks for what is ahead, where Think Clearly's probe asks for what was. The thinking stays open behind it. */
export const planProbe: Observer = {
  name: 'plan',
  observe: ({ thinking }) => ({
    tokens: thinking.tokenEnd,
    probe: '\n\nBefore I go on: which of the earlier results do I still need? I still need',
  }),
}

/** What the model looks at where it would say which results it still needs. */
export const plan: LiveScore = {
  name: 'plan',
  observers: [planProbe],
  begin:
    () =>
    ({ steps, rows: [rows = []] }) => ({
      scores: steps.map(step => meanOf(rows[0], step)),
      tokenScores: [...(rows[0] ?? [])],
    }),
}
