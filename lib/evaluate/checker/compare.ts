/** Whether two answers are the same: equal or different only where it is sure, else undecided. Pure. */

import type { AnswerDecision, AnswerKind, AnswerVerdict } from '../../../types/public.js'
import { plainText } from '../plain.js'
import type { AnswerForm } from './answer-form.js'
import { compareForms, isName, type Judgement } from './compare-forms.js'
import { variablesOf } from './expression.js'
import { isWhole } from './rational.js'
import { formText, readAnswer, squeezed } from './read-answer.js'
import { numberIn } from './same-value.js'

const judged = (verdict: AnswerVerdict, by: string): Judgement => ({ verdict, by })

/**
 * Compare an answer with the expected one.
 *
 * @param found as it was found; null where there was none, which is different from everything
 */
export function compareAnswers(found: string | null, expected: string): AnswerDecision {
  const plain = plainText(expected)
  const form = readAnswer(plain)
  const kind = kindOf(plain, form)
  if (found === null) {
    return { verdict: 'different', by: 'no answer', kind, found: null, expected: formText(form) }
  }
  const other = plainText(found)
  const given = readAnswer(other)
  const { verdict, by } = judge({ plain: other, form: given }, { plain, form }, kind)
  const shown = kind === 'choice' ? (letterOf(other) ?? formText(given)) : formText(given)
  return { verdict, by, kind, found: shown, expected: kind === 'choice' ? plain : formText(form) }
}

interface Side {
  readonly plain: string
  readonly form: AnswerForm
}

function judge(found: Side, expected: Side, kind: AnswerKind): Judgement {
  if (found.plain !== '' && squeezed(found.plain) === squeezed(expected.plain)) {
    return judged('equal', 'same text')
  }
  if (found.plain === '' || expected.plain === '') return judged('different', 'nothing written')
  if (kind === 'choice') return judgeChoice(found, expected)
  const result = compareForms(found.form, expected.form)
  if (result.verdict === 'equal') return result
  if (sameChoiceText(found, expected) || sameChoiceText(expected, found)) {
    return judged('equal', 'text of the choice')
  }
  return otherReading(found, expected) ?? result
}

/** "B: the second one" where the second one was asked for. */
function sameChoiceText({ plain }: Side, { form }: Side): boolean {
  const choice = behindLetter(plain)
  return choice !== null && compareForms(readAnswer(choice), form).verdict === 'equal'
}

/** Marks of thousands and of decimals look alike: where another reading would do, nobody knows. */
function otherReading(found: Side, expected: Side): Judgement | null {
  const isEqual = (a: AnswerForm, b: AnswerForm) => compareForms(a, b).verdict === 'equal'
  const equal =
    otherForms(found.plain).some(form => isEqual(form, expected.form)) ||
    otherForms(expected.plain).some(form => isEqual(found.form, form))
  return equal ? judged('undecided', 'equal if a comma or point is read in another way') : null
}

function otherForms(text: string): AnswerForm[] {
  const dotted = text.replace(/(?<=^\D*\d{1,3})\.(?=\d{3}\D*$)/, '')
  if (dotted !== text) return [readAnswer(dotted)]
  if (!/\d,\d/.test(text)) return []
  return [
    readAnswer(text, { commasSeparate: true }),
    readAnswer(text.replace(/(?<=\d),(?=\d)/g, '.')),
    ...(/\d,\d{3}(?!\d)/.test(text)
      ? [readAnswer(text.replace(/(?<=\d),(?=\d{3})/g, '').replace(/^\((.*)\)$/, '$1'))]
      : []),
  ]
}

/* ---- kinds -------------------------------------------------------------------------------- */

const choice = /^\(?([A-J])\)?$/

/** The kind of an expected answer, which says how others are compared with it. */
function kindOf(plain: string, form: AnswerForm): AnswerKind {
  if (choice.test(plain)) return 'choice'
  switch (form.is) {
    case 'formula':
      return formulaKind(plain, form)
    case 'equation':
      return isName(form) ? kindOf('', form.right) : 'equation'
    case 'list':
      return listKind(form)
    case 'union':
    case 'relation':
      return 'interval'
    case 'matrix':
      return 'matrix'
    case 'ratio':
      return 'ratio'
    default:
      return 'text'
  }
}

function formulaKind(plain: string, form: AnswerForm & { readonly is: 'formula' }): AnswerKind {
  if (variablesOf(form.expression).length > 0) return 'expression'
  const number = numberIn(form.expression)
  if (number === null) return 'expression'
  if (isWhole(number)) return 'integer'
  return plain.includes('.') ? 'number' : 'fraction'
}

function listKind({ open, close, items }: AnswerForm & { readonly is: 'list' }): AnswerKind {
  if (open === '{' || open === '') return 'set'
  return open === '[' || close === ']' || items.some(item => formText(item).includes('oo'))
    ? 'interval'
    : 'tuple'
}

/* ---- choices ------------------------------------------------------------------------------ */

/** `B`, `(B)`, `B.`, `B: the second one`, `option B`. */
function letterOf(plain: string): string | null {
  const [, letter] =
    /^(?:(?:option|choice|answer)\s+)?\(?([A-J])\)?(?:\s*[.:)]\s*.*|\)\s.*)?$/is.exec(plain) ?? []
  return letter?.toUpperCase() ?? null
}

const behindLetter = (plain: string): string | null =>
  /^\(?[A-J]\)?\s*[.:)]\s*(\S.*)$/s.exec(plain)?.[1] ?? null

function judgeChoice(found: Side, expected: Side): Judgement {
  const letter = letterOf(found.plain)
  const right = choice.exec(expected.plain)?.[1]
  if (letter === null) return judged('undecided', 'no letter of a choice')
  return letter === right ? judged('equal', 'same choice') : judged('different', 'other choice')
}
