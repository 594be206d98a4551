/** Two answers, read → the same, others, or nobody knows. Pure. */

import type { AnswerVerdict } from '../../../types/public.js'
import { numbersInWords } from '../number-words.js'
import type { AnswerForm } from './answer-form.js'
import { type Expression, numeral, partsOf, variablesOf } from './expression.js'
import { whole } from './rational.js'
import { formText, squeezed } from './read-answer.js'
import { toNumber } from './reals.js'
import { isRounding, numberIn, proportional, realIn, sameValue } from './same-value.js'
import { canConvert, isTime, isUnit, mayConvert } from './units.js'

/** A verdict and its reason, in a few words. */
export interface Judgement {
  readonly verdict: AnswerVerdict
  readonly by: string
}

type Formula = AnswerForm & { readonly is: 'formula' }
type List = AnswerForm & { readonly is: 'list' }
type Equation = AnswerForm & { readonly is: 'equation' }

const equal = (by: string): Judgement => ({ verdict: 'equal', by })
const different = (by: string): Judgement => ({ verdict: 'different', by })
const undecided = (by: string): Judgement => ({ verdict: 'undecided', by })

/** Symmetric, but for what a reason says. */
export function compareForms(a: AnswerForm, b: AnswerForm): Judgement {
  if (a.is === 'unknown' || b.is === 'unknown') return compareTexts(formText(a), formText(b))
  if (a.is === 'equation' || b.is === 'equation') return compareEquations(a, b)
  if (a.is === 'words' || b.is === 'words') return compareWords(a, b)
  if (a.is === 'list' || b.is === 'list') return compareLists(a, b)
  if (a.is === 'formula' && b.is === 'formula') return compareFormulas(a, b)
  if (a.is === 'ratio' || b.is === 'ratio') return compareRatios(a, b)
  if (a.is === 'union' && b.is === 'union') return compareUnordered(a.of, b.of, 'same union')
  if (a.is === 'matrix' && b.is === 'matrix') return compareMatrices(a.rows, b.rows)
  return compareTexts(formText(a), formText(b))
}

const compareTexts = (a: string, b: string): Judgement =>
  squeezed(a).toLowerCase() === squeezed(b).toLowerCase()
    ? equal('same text')
    : undecided('not understood')

/* ---- formulas ----------------------------------------------------------------------------- */

function compareFormulas(a: Formula, b: Formula): Judgement {
  const same = sameValue(a.expression, b.expression)
  if (a.unit !== b.unit && (a.unit !== '' || b.unit !== '')) return compareUnits(a, b, same)
  if (same === null) return undecided('no value can be calculated')
  if (same) {
    const [base, other] = [a.base, b.base]
    return base === other || base === undefined || other === undefined
      ? equal(reasonFor(a.expression, b.expression))
      : equal('same value in other bases')
  }
  if (differentAtMost(a, b)) return undecided('the base is left out')
  if (isMeasured(a, b) || isMeasured(b, a)) return undecided('a unit or a variable')
  if (areRounded(a, b)) return undecided('one may be the other, rounded')
  return different('other value')
}

const reasonFor = (a: Expression, b: Expression): string => {
  if (variablesOf(a).length > 0 || variablesOf(b).length > 0)
    return 'same value wherever it was tried'
  return numberIn(a) === null ? 'same value to 60 digits' : 'same value'
}

/** One is a decimal, and of fewer places than the other needs. */
const areRounded = (a: Formula, b: Formula): boolean =>
  [
    [a, b],
    [b, a],
  ].some(([decimal, other]) => {
    if (decimal?.places === undefined || other === undefined) return false
    const finer = other.places === undefined || other.places > decimal.places
    return finer && isRounding(decimal.expression, decimal.places, other.expression)
  })

/** `5m` for 5: metres, or five times m; `5k` for 5000. */
function isMeasured({ expression }: Formula, other: Formula): boolean {
  if (expression.is !== 'product' || variablesOf(other.expression).length > 0) return false
  const [count, ...units] = expression.of
  const isScale = units.every(unit => unit.is === 'variable' && /^[kKMB]$/.test(unit.name))
  if (isScale) return true
  const letters = units.every(unit => unit.is === 'variable' && isUnit(unit.name))
  return letters && count !== undefined && sameValue(count, other.expression) === true
}

/** `1001` for `1001_2`. */
function differentAtMost(a: Formula, b: Formula): boolean {
  if (a.base === b.base) return false
  const [based, plain] = a.base === undefined ? [b, a] : [a, b]
  const [value, digits] = [numberIn(based.expression), numberIn(plain.expression)]
  return value !== null && value.over.toString(based.base) === digits?.over.toString()
}

/** A unit that only one side has is taken for granted; 25 % is as good as 25 and 0.25. */
function compareUnits(a: Formula, b: Formula, same: boolean | null): Judgement {
  if (same === null) return undecided('no value can be calculated')
  const oneSided = a.unit === '' || b.unit === ''
  const percent = a.unit === 'percent' || b.unit === 'percent'
  if (oneSided && percent && sameValue(shareOf(a), shareOf(b)) === true) return equal('same share')
  if (oneSided) {
    if (isTime(a.unit) || isTime(b.unit)) return undecided('a time of the day')
    if (same) return equal('same value, unit left out')
    if (mayBeConverted(a, b)) return undecided('the same in another unit, perhaps')
    if (areRounded(a, b)) return undecided('one may be the other, rounded')
    return sameAngle(a, b) ? undecided('the same angle, in radians') : different('other value')
  }
  if (canConvert(a.unit, b.unit)) return undecided('other units')
  return same ? undecided('same number of other things') : different('other value')
}

function mayBeConverted(a: Formula, b: Formula): boolean {
  const [measured, other] = a.unit === '' ? [b, a] : [a, b]
  const [number, plain] = [realIn(measured.expression), realIn(other.expression)]
  return (
    number !== null &&
    plain !== null &&
    mayConvert(measured.unit, toNumber(number), toNumber(plain))
  )
}

/** 90° for π/2. */
function sameAngle(a: Formula, b: Formula): boolean {
  const [degrees, other] = a.unit === 'degree' ? [a, b] : [b, a]
  const radians: Expression = { is: 'degrees', of: degrees.expression }
  return degrees.unit === 'degree' && sameValue(radians, other.expression) === true
}

const shareOf = ({ expression, unit }: Formula): Expression =>
  unit === 'percent'
    ? { is: 'quotient', over: expression, under: numeral(whole(100n)) }
    : expression

/* ---- equations ---------------------------------------------------------------------------- */

/** What an equation says of its left side, when that is a name. */
export const isName = ({ left }: Equation): boolean =>
  left.is === 'words' ||
  (left.is === 'list' &&
    left.items.every(item => item.is === 'formula' && item.expression.is === 'variable')) ||
  (left.is === 'formula' &&
    variablesOf(left.expression).length > 0 &&
    !partsHave(left.expression, 'number'))

const partsHave = (expression: Expression, is: Expression['is']): boolean =>
  [...partsOf(expression)].some(part => part.is === is)

/** A number on the left: `12 * 4 = 48` is its right side. */
const isCalculation = ({ left }: Equation): boolean =>
  left.is === 'formula' && variablesOf(left.expression).length === 0

function compareEquations(a: AnswerForm, b: AnswerForm): Judgement {
  if (a.is === 'equation' && b.is === 'equation') return compareTwoEquations(a, b)
  const [equation, other] = a.is === 'equation' ? [a, b] : [b, a]
  if (equation.is !== 'equation') return undecided('not understood')
  if (!isName(equation) && !isCalculation(equation)) {
    return compareTexts(formText(a), formText(b))
  }
  const right = compareForms(equation.right, other)
  return right.verdict === 'equal' ? equal(`${right.by}, the right side`) : right
}

function compareTwoEquations(a: Equation, b: Equation): Judgement {
  const left = compareForms(a.left, b.left)
  const right = compareForms(a.right, b.right)
  if (left.verdict === 'equal' && right.verdict === 'equal') return equal('same sides')
  if (left.verdict === 'equal' && isName(a) && right.verdict === 'different') return right
  const [first, second] = [differenceOf(a), differenceOf(b)]
  if (first && second && proportional(first, second)) return equal('same equation')
  return undecided('equations')
}

function differenceOf({ left, right }: Equation): Expression | null {
  if (left.is !== 'formula' || right.is !== 'formula') return null
  return { is: 'sum', of: [left.expression, { is: 'minus', of: right.expression }] }
}

/* ---- lists -------------------------------------------------------------------------------- */

const isList = (form: AnswerForm): form is List => form.is === 'list'

/** `a = 1, b = 2` as `1, 2` where the names stand in order; null where they do not, or are none. */
function valuesOf({ items }: List): readonly AnswerForm[] | null {
  const equations = items.flatMap(item => (item.is === 'equation' && isName(item) ? [item] : []))
  if (equations.length < items.length) return null
  const names = equations.map(({ left }) => formText(left))
  const ascend = names.every((name, i) => i === 0 || (names[i - 1] ?? '') < name)
  return ascend ? equations.map(({ right }) => right) : null
}

/** `x = 3 or x = 5` as `3, 5`. */
function solutionsOf({ items }: List): readonly AnswerForm[] | null {
  const rights = items.flatMap(item => (item.is === 'equation' && isName(item) ? [item] : []))
  const names = new Set(rights.map(({ left }) => formText(left)))
  return rights.length === items.length && names.size === 1
    ? rights.map(({ right }) => right)
    : null
}

function compareLists(a: AnswerForm, b: AnswerForm): Judgement {
  if (!isList(a) || !isList(b)) return compareWithOne(a, b)
  const [left, right] = [a, b].map(list => solutionsOf(list) ?? list.items)
  if (left !== a.items || right !== b.items) {
    return compareUnordered(left ?? [], right ?? [], 'same solutions')
  }
  const [named, other] = [valuesOf(a), valuesOf(b)]
  if (named !== null && other !== null) return compareUnordered(a.items, b.items, 'same values')
  if (named !== null || other !== null) {
    return doubtful(
      compareInOrder(named ?? a.items, other ?? b.items, 'same values, names left out'),
    )
  }
  const unordered = (list: List) => list.open === '{' || list.open === ''
  if (unordered(a) && unordered(b)) return compareUnordered(a.items, b.items, 'same set')
  if (a.open === b.open && a.close === b.close)
    return compareInOrder(a.items, b.items, 'same in order')
  if (a.open === '' || b.open === '') {
    const inOrder = compareInOrder(a.items, b.items, 'same in order, brackets left out')
    const interval = [a, b].some(list => list.open === '[' || list.close === ']')
    return inOrder.verdict === 'equal' && interval
      ? undecided('brackets left out')
      : doubtful(inOrder)
  }
  const inOrder = compareInOrder(a.items, b.items, 'same in order')
  return inOrder.verdict === 'different' ? inOrder : bracketsDiffer(a, b)
}

/** An interval with other ends is another one; a tuple in square brackets, or a set for a tuple, may be meant. */
function bracketsDiffer(a: List, b: List): Judgement {
  const isInterval = ({ open, close, items }: List) =>
    items.length === 2 && open !== '{' && close !== '}'
  const mixed = [a, b].some(({ open, close }) => (open === '[') !== (close === ']'))
  return isInterval(a) && isInterval(b) && mixed
    ? different('other ends')
    : undecided('other brackets')
}

/** Out of order, or short of some: whether that is wrong depends on the question. */
const doubtful = (judgement: Judgement): Judgement =>
  judgement.verdict === 'different'
    ? undecided(`${judgement.by} in a list without brackets`)
    : judgement

function compareWithOne(a: AnswerForm, b: AnswerForm): Judgement {
  const [list, other] = isList(a) ? [a, b] : [b, a]
  if (!isList(list)) return undecided('not understood')
  if (list.items.length === 1 && list.items[0]) return compareForms(list.items[0], other)
  const isValue =
    (other.is === 'formula' || other.is === 'ratio') &&
    list.items.every(item => item.is !== 'words')
  return isValue && list.items.length !== 1
    ? different('another number of values')
    : undecided('a list')
}

function compareInOrder(a: readonly AnswerForm[], b: readonly AnswerForm[], by: string): Judgement {
  if (a.length !== b.length) return different('another number of values')
  const all = a.map((item, i) => compareForms(item, b[i] ?? item))
  return (
    all.find(({ verdict }) => verdict === 'different') ??
    all.find(({ verdict }) => verdict === 'undecided') ??
    equal(by)
  )
}

/** Longer ones are compared in order only. */
const mostItems = 64

function compareUnordered(
  a: readonly AnswerForm[],
  b: readonly AnswerForm[],
  by: string,
): Judgement {
  if (a.length > mostItems || b.length > mostItems) return compareInOrder(a, b, by)
  const [left, right] = [distinct(a), distinct(b)]
  let doubt: Judgement | null = null
  for (const [some, others] of [
    [left, right],
    [right, left],
  ] as const) {
    for (const item of some) {
      const verdicts = others.map(other => compareForms(item, other))
      if (verdicts.some(({ verdict }) => verdict === 'equal')) continue
      const open = verdicts.find(({ verdict }) => verdict === 'undecided')
      if (open === undefined) return different('another value among them')
      doubt ??= open
    }
  }
  return doubt ?? equal(by)
}

const distinct = (items: readonly AnswerForm[]): readonly AnswerForm[] =>
  items.filter(
    (item, i) => !items.slice(0, i).some(other => compareForms(item, other).verdict === 'equal'),
  )

function compareMatrices(
  a: readonly (readonly AnswerForm[])[],
  b: readonly (readonly AnswerForm[])[],
): Judgement {
  const same = a.length === b.length && a.every((row, i) => row.length === b[i]?.length)
  return same ? compareInOrder(a.flat(), b.flat(), 'same matrix') : different('another shape')
}

/* ---- ratios and words --------------------------------------------------------------------- */

function compareRatios(a: AnswerForm, b: AnswerForm): Judgement {
  if (a.is !== 'ratio' || b.is !== 'ratio') {
    return a.is === 'formula' || b.is === 'formula'
      ? undecided('a ratio or a time')
      : undecided('not understood')
  }
  const numbers = (parts: readonly string[]) => parts.map(part => Number(part))
  const [left, right] = [numbers(a.parts), numbers(b.parts)]
  if (left.length === right.length && left.every((part, i) => part === right[i])) {
    return a.behind === b.behind ? equal('same ratio or time') : undecided('morning or afternoon')
  }
  // 2:4 is 1:2 as a ratio, and another time
  const scaled =
    left.length === right.length &&
    left.every((part, i) => part * (right[0] ?? 0) === (right[i] ?? 0) * (left[0] ?? 0))
  return scaled ? undecided('the same ratio, another time') : different('other ratio')
}

const wordsOf = (form: AnswerForm): string =>
  formText(form)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s]+/gu, ' ')
    .replace(/(?<!\p{L})(?:the|a|an)\s+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()

/** Words that are or have a number. */
const saysNumber = (words: string): boolean =>
  numbersInWords(words).length > 0 ||
  /(?<!\p{L})(?:half|halves|third|thirds|quarters?|fourths?|fifths?|first|second|dozen|none|nothing|twice|double|both|single|pair)(?!\p{L})/u.test(
    words,
  )

function compareWords(a: AnswerForm, b: AnswerForm): Judgement {
  const [left, right] = [wordsOf(a), wordsOf(b)]
  if (left === right) return left === '' ? undecided('no words') : equal('same words')
  if (left === '' || right === '') return undecided('not understood')
  const within = ` ${left} `.includes(` ${right} `) || ` ${right} `.includes(` ${left} `)
  if (within) return undecided('one is a part of the other')
  if (a.is !== b.is && [left, right].some(saysNumber))
    return undecided('a number in words, perhaps')
  if (left.length < 4 && [...left].sort().join('') === [...right].sort().join('')) {
    return undecided('a word or a product')
  }
  // two names are others; a sentence may say the same in other words
  const short = [left, right].every(words => words.split(' ').length < 3)
  return short ? different('other words') : undecided('a sentence')
}
