import type { Observer } from '../../../types/public.js'
import { invalidValue } from '../../base/errors.js'

/** The token that closes the thinking (TRAAC section 3; its last one where it is several). */
export const thinkEnd: Observer = {
  name: 'think-end',
  observe({ answer, thinking }) {
    if (answer.tokenStart > thinking.tokenEnd) return { tokens: answer.tokenStart }
    throw invalidValue(
      'options.observer',
      "'last-token' for a trace whose thinking was not closed",
      'think-end',
    )
  },
}
