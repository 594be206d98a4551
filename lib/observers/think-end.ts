import type { Trace } from '../../types/public.js'
import { invalidValue } from '../errors.js'

/** The token that ends the thinking, `</think>` (TRAAC section 3; its last one where it is several). */
export function thinkEnd(trace: Trace): number {
  if (trace.answer.tokenStart <= trace.thinking.tokenEnd) {
    throw invalidValue('options.observer', "'last-token' for a trace without </think>", 'think-end')
  }
  return trace.answer.tokenStart - 1
}
