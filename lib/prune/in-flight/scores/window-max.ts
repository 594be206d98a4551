import type { LiveScore } from '../../../../types/public.js'
import { window } from '../../../score/observers/window.js'
import { largest, meanOf } from './step-attention.js'

/** How many of the newest tokens look. */
const observing = 32

/**
 * The most that one of the newest tokens pays to a step. What is read again now and then is read by few tokens, which
 * the mean of the observer 'window' drowns.
 */
export const windowMax: LiveScore = {
  name: 'window-max',
  observers: [window(observing)],
  begin:
    () =>
    ({ steps, rows: [rows = []] }) => ({
      scores: steps.map(step => Math.max(0, ...rows.map(row => meanOf(row, step)))),
      tokenScores: [...largest(rows)],
    }),
}
