/** Plain text of an answer → what it is. Pure. */

import type { AnswerForm, Closing, Opening } from './answer-form.js'
import { type Expression, expressionText, numeral } from './expression.js'
import { parseExpression } from './parse-expression.js'
import { whole } from './rational.js'
import { type Token, tokensOf } from './tokens.js'
import { unitName } from './units.js'

/** Words that say how sure somebody is, and money in front: no part of the value. */
const before =
  /^(?:(?:approximately|approx\.?|about|around|roughly|exactly|only|just|nearly|almost|the answer is|answer:)\s+|\\approx\s*|[≈~]\s*|(?:USD|EUR|Rs\.?|US)\s?(?=[\d.])|(?<money>[€£¥₹])\s*(?=[-\d.]))/i

/** In brackets behind a number, words say of what: `2 (apples)`. */
const remark = /^(\S.{0,60}?)\s+\((?=[^()]*\p{L}{2})([\p{L}\p{N}\s,.'-]{2,80})\)$/u

const deepest = 12

interface Context {
  readonly depth: number
  /** Commas between three digits are read as a list of numbers. */
  readonly commasSeparate: boolean
}

/** @param text what `plainText` leaves */
export function readAnswer(text: string, { commasSeparate = false } = {}): AnswerForm {
  return read(text.trim(), { depth: 0, commasSeparate })
}

function read(text: string, context: Context): AnswerForm {
  if (context.depth > deepest || text.length > 2000) return { is: 'unknown', text }
  const inner = { ...context, depth: context.depth + 1 }
  const bare = withoutBefore(text)
  return (
    readRatio(bare) ??
    readMatrix(bare, inner) ??
    readUnion(bare, inner) ??
    readEquation(bare, inner) ??
    readList(bare, inner) ??
    readFormula(bare) ??
    readRest(bare, inner)
  )
}

function withoutBefore(text: string): string {
  let bare = text
  let unit = ''
  for (let i = 0; i < 4; i++) {
    const found = before.exec(bare)
    if (found === null) break
    unit = found.groups?.money ?? unit
    bare = bare.slice(found[0].length)
  }
  return unit === '' ? bare : `${bare} ${unit}`
}

function readRest(text: string, context: Context): AnswerForm {
  const [, amount, words] = remark.exec(text) ?? []
  if (amount !== undefined && words !== undefined && /\d/.test(amount)) return read(amount, context)
  // what LaTeX writes between words is gone; what is left of it is not understood
  const hasWord = tokensOf(text)?.some(({ kind }) => kind === 'word')
  const isWords = hasWord === true && !/[\\^_{}=<>|*+]|[\p{L}\d)]\/[\p{L}\d(]/u.test(text)
  return isWords ? { is: 'words', text } : { is: 'unknown', text }
}

/* ---- pieces at the top of a text ---------------------------------------------------------- */

interface Piece {
  readonly text: string
  /** What ended it; '' at the end. */
  readonly by: string
}

const opening = '([{'
const closing = ')]}'

/** Cut at separators outside of brackets. `\{`, `\langle` and the like are brackets too. */
function cutAt(text: string, separator: RegExp): Piece[] | null {
  const pattern = new RegExp(
    `\\\\(?:begin|end)\\s*\\{\\w+\\*?\\}|${separator.source}|\\\\[{}]|[()[\\]{}]`,
    'gu',
  )
  const pieces: Piece[] = []
  let depth = 0
  let start = 0
  for (const { 0: found, index } of text.matchAll(pattern)) {
    const bracket = found.at(-1) ?? ''
    if (found.startsWith('\\begin')) depth++
    else if (found.startsWith('\\end')) depth--
    else if (found.length <= 2 && opening.includes(bracket)) depth++
    else if (found.length <= 2 && closing.includes(bracket)) depth--
    else if (depth === 0) {
      pieces.push({ text: text.slice(start, index), by: found.trim() })
      start = index + found.length
    }
    if (depth < 0) return null
  }
  if (depth !== 0) return null
  return [...pieces, { text: text.slice(start), by: '' }]
}

const comparison = /\\(?:le|ge|ne|in|approx)(?![a-zA-Z])|<=|>=|[<>]|=/u

function readEquation(text: string, context: Context): AnswerForm | null {
  if (!comparison.test(text)) return null
  // "a = 1, b = 2" is a list of equations
  const parts = cutAt(text, separators)
  if (parts === null || (parts.length > 1 && parts.every(part => comparison.test(part.text))))
    return null
  const sides = cutAt(text, comparison)
  const [first, ...more] = sides ?? []
  if (first === undefined || more.length === 0) return null
  if (sides?.some(side => side.text.trim() === '')) return null
  const signs = (sides ?? []).map(({ by }) => by).filter(by => by !== '')
  const last = read(more.at(-1)?.text.trim() ?? '', context)
  if (signs.every(sign => sign === '\\in' || sign === '\\approx') || signs.at(-1) === '\\in')
    return last
  if (!signs.every(sign => sign === '=' || sign === '\\approx')) {
    return (
      intervalOf(
        (sides ?? []).map(side => side.text.trim()),
        signs,
        context,
      ) ?? { is: 'relation', text: squeezed(text) }
    )
  }
  // of "x = 6/2 = 3" the ends count
  return { is: 'equation', left: readSide(first.text.trim(), context), right: last }
}

/** In front of an equals sign words are a name: `the area = 5`. */
function readSide(text: string, context: Context): AnswerForm {
  const form = read(text, context)
  return form.is === 'unknown' ? { is: 'words', text } : form
}

/** `x > 5`, `1 < x <= 5`: the interval of the one variable; null where it is none. */
function intervalOf(
  sides: readonly string[],
  signs: readonly string[],
  context: Context,
): AnswerForm | null {
  const less = (sign: string) => ['<', '<=', '\\le'].includes(sign)
  const known = signs.every(sign => less(sign) || ['>', '>=', '\\ge'].includes(sign))
  if (!known || new Set(signs.map(less)).size > 1) return null
  const ascending = less(signs[0] ?? '')
  const [parts, marks] = ascending ? [sides, signs] : [[...sides].reverse(), [...signs].reverse()]
  const isVariable = (text = '') => /^(?:[a-zA-Z]|\\(?:theta|alpha|lambda))$/.test(text.trim())
  const closed = (sign = '') => sign === '\\le' || sign.includes('=') || sign === '\\ge'
  const infinite = (sign: string): AnswerForm => readAnswer(`${sign}\\infty`)
  const [a, b, c] = parts
  if (parts.length === 3 && isVariable(b)) {
    return {
      is: 'list',
      open: closed(marks[0]) ? '[' : '(',
      close: closed(marks[1]) ? ']' : ')',
      items: [read(a ?? '', context), read(c ?? '', context)],
    }
  }
  if (parts.length !== 2) return null
  if (isVariable(a) && !isVariable(b)) {
    const items = [infinite('-'), read(b ?? '', context)]
    return { is: 'list', open: '(', close: closed(marks[0]) ? ']' : ')', items }
  }
  if (!isVariable(b)) return null
  return {
    is: 'list',
    open: closed(marks[0]) ? '[' : '(',
    close: ')',
    items: [read(a ?? '', context), infinite('')],
  }
}

function readUnion(text: string, context: Context): AnswerForm | null {
  if (!/\\cup(?![a-zA-Z])/.test(text)) return null
  const parts = cutAt(text, /\\cup(?![a-zA-Z])/) ?? []
  return parts.length < 2
    ? null
    : { is: 'union', of: parts.map(part => read(part.text.trim(), context)) }
}

function readMatrix(text: string, context: Context): AnswerForm | null {
  const [, inside] = /^\\begin\s*\{[bpvB]?matrix\}(.*)\\end\s*\{[bpvB]?matrix\}$/s.exec(text) ?? []
  if (inside === undefined || inside.includes('\\begin')) return null
  const rows = inside.split('\\\\').filter(row => row.trim() !== '')
  return {
    is: 'matrix',
    rows: rows.map(row => row.split('&').map(cell => read(cell.trim(), context))),
  }
}

/* ---- lists -------------------------------------------------------------------------------- */

const separators =
  /(?<!\d),|,(?!\d{3}(?!\d))|;|(?<![\p{L}\\])(?:and|or|und|oder|et|ou|和|或)(?!\p{L})/u
const everyComma = /,|;|(?<![\p{L}\\])(?:and|or)(?!\p{L})/u

/** What stands between brackets around the whole, and which. */
function bracketed(
  text: string,
): { readonly open: Opening; readonly close: Closing; readonly inside: string } | null {
  const [, left, inside = '', right] =
    /^(\\\{|\\langle|[([])(.*)(\\\}|\\rangle|[)\]])$/s.exec(text) ?? []
  if (left === undefined || right === undefined) return null
  // "(1,2) and (3,4)" is not in brackets
  if (cutAt(inside, /;;/) === null) return null
  const open = left === '\\{' ? '{' : left === '[' ? '[' : '('
  const close = right === '\\}' ? '}' : right === ']' ? ']' : ')'
  return (open === '{') === (close === '}') ? { open, close, inside } : null
}

function readList(text: string, context: Context): AnswerForm | null {
  const inBrackets = bracketed(text)
  if (inBrackets !== null) {
    const { open, close, inside } = inBrackets
    const items = itemsOf(inside, { ...context, commasSeparate: true })
    if (items !== null) return { is: 'list', open, close, items }
    if (open === '{' && inside.trim() !== '')
      return { is: 'list', open, close, items: [read(inside.trim(), context)] }
    if (open === '{') return { is: 'list', open, close, items: [] }
    const single = read(inside.trim(), context)
    return single.is === 'words' || single.is === 'unknown' ? null : single
  }
  if (text === '\\emptyset' || text === '\\varnothing')
    return { is: 'list', open: '{', close: '}', items: [] }
  const items = itemsOf(text, context) ?? plusAndMinus(text, context)
  return items && { is: 'list', open: '', close: '', items }
}

/** `\pm 5`, `1 \pm \sqrt2`: both. */
function plusAndMinus(text: string, context: Context): AnswerForm[] | null {
  const signs = text.match(/\\pm(?![a-zA-Z])/g) ?? []
  if (signs.length !== 1 || /\\mp|,/.test(text)) return null
  return ['+', '-'].map(sign => read(text.replace(/\\pm(?![a-zA-Z])/, sign), context))
}

/** Two values or more; null where something is none. */
function itemsOf(text: string, context: Context): AnswerForm[] | null {
  const pieces = cutAt(text, context.commasSeparate ? everyComma : separators)
  if (pieces === null || pieces.length < 2) return null
  // "3, 4, and 5" has an empty piece
  const parts = pieces
    .map(piece => piece.text.trim())
    .filter((part, i) => part !== '' || !['and', 'or'].includes(pieces[i]?.by ?? ''))
  if (parts.length < 2 || parts.some(part => part === '')) return null
  const items = parts.flatMap(part => plusAndMinus(part, context) ?? [read(part, context)])
  // words with a comma are a sentence
  const isSentence = items.some(item => item.is === 'words' && /\s/.test(item.text))
  return isSentence ? null : withSharedUnit(items)
}

/** `3, 4 cm`. */
function withSharedUnit(items: AnswerForm[]): AnswerForm[] {
  const last = items.at(-1)
  if (last?.is !== 'formula' || last.unit === '') return items
  return items.map(item =>
    item.is === 'formula' && item.unit === '' ? { ...item, unit: last.unit } : item,
  )
}

/* ---- single values ------------------------------------------------------------------------ */

function readRatio(text: string): AnswerForm | null {
  const [, numbers, behind = ''] =
    /^(\d{1,6}(?:\.\d+)?(?:\s?:\s?\d{1,6}(?:\.\d+)?)+)\s*([ap]\.?m\.?)?$/i.exec(text) ?? []
  if (numbers === undefined) return null
  const parts = numbers.split(':').map(part => part.trim())
  return { is: 'ratio', parts, behind: behind.replaceAll('.', '').toLowerCase() }
}

function readFormula(text: string): AnswerForm | null {
  const tokens = tokensOf(text)
  // "yes", "Paris"; a letter is a variable until somebody knows better
  if (tokens === null || tokens.length === 0 || tokens.every(({ kind }) => kind === 'word'))
    return null
  const parsed = parseExpression(tokens)
  if (parsed === null) return null
  const { expression, unit, base } = parsed
  if (expression.is === 'percent')
    return { is: 'formula', expression: expression.of, unit: 'percent' }
  if (expression.is === 'degrees')
    return { is: 'formula', expression: expression.of, unit: 'degree' }
  const places = placesOf(tokens)
  const [, scale = '', rest = unit] = /^(\p{L}+)(?:\s+(.*))?$/u.exec(unit) ?? []
  const zeros = scales[scale.toLowerCase()]
  return {
    is: 'formula',
    expression: zeros === undefined ? expression : scaled(expression, zeros),
    unit: unitName(zeros === undefined ? unit : rest === unit ? '' : rest),
    ...(base !== undefined && { base }),
    ...(places !== null && { places }),
  }
}

/** `1.5 million`. */
const scales: Readonly<Record<string, bigint>> = {
  thousand: 3n,
  million: 6n,
  billion: 9n,
  trillion: 12n,
}

const scaled = (expression: Expression, zeros: bigint): Expression => ({
  is: 'product',
  of: [expression, numeral(whole(10n ** zeros))],
})

/** Of a decimal and nothing else but its sign and words. */
function placesOf(tokens: readonly Token[]): number | null {
  const [first, ...more] = tokens.filter(
    ({ kind, text }) => kind !== 'word' && !'+-'.includes(text),
  )
  const decimal =
    first?.kind === 'number' && more.length === 0 ? first.text.split('.')[1] : undefined
  return decimal === undefined || !/^\d+$/.test(decimal) ? null : decimal.length
}

/** Without white space, but where it may part two numbers. */
export const squeezed = (text: string): string => text.replace(/(?<![\d,])\s+|\s+(?![\d])/g, '')

/** One text for what is the same to the reader of this file. */
export function formText(form: AnswerForm): string {
  switch (form.is) {
    case 'formula': {
      const base = form.base === undefined ? '' : ` (in base ${form.base})`
      return `${expressionText(form.expression)}${form.unit === '' ? '' : ` ${form.unit}`}${base}`
    }
    case 'equation':
      return `${formText(form.left)} = ${formText(form.right)}`
    case 'list':
      return `${form.open}${form.items.map(formText).join(', ')}${form.close}`
    case 'union':
      return form.of.map(formText).join(' or ')
    case 'matrix':
      return form.rows.map(row => row.map(formText).join(', ')).join('; ')
    case 'ratio':
      return [form.parts.join(':'), form.behind].filter(part => part !== '').join(' ')
    case 'words':
      return form.text.toLowerCase()
    default:
      return form.text
  }
}
