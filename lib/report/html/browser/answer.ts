/** An answer with its mark: in words for those who do not see colours. */

import type { PageAnswer } from '../page-data.js'
import { el, hiddenText, isolated } from './dom.js'

export function answerElement([value, correct, undecided]: PageAnswer): HTMLElement {
  const kind = correct === null ? 'open' : correct ? 'good' : 'bad'
  const text = isolated(value ?? 'none')
  if (correct === null) return el('span', { class: `answer ${kind}` }, text)
  return el(
    'span',
    { class: `answer ${kind}` },
    text,
    el('span', { 'aria-hidden': 'true', class: 'mark' }, correct ? '✓' : undecided ? '?' : '✗'),
    hiddenText(correct ? ' right' : undecided ? ' undecided' : ' wrong'),
  )
}
