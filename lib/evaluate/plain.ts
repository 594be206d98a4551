/**
 * An answer without what only says how it looks: wrappers, sizes, colours, math delimiters, LaTeX spaces, money signs, and
 * other characters for the same thing. One pass and a few bounded patterns, since models write megabytes. Pure.
 */

import { numberInWords } from './number-words.js'

/** Commands that go with nothing behind them. */
const silent = new Set(
  (
    'displaystyle textstyle scriptstyle scriptscriptstyle tiny small normalsize large Large LARGE huge Huge ' +
    'bf it rm sf tt sl em bfseries itshape left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr ' +
    'limits nolimits mathstrut strut hfill centering noindent'
  ).split(' '),
)

/** Commands of which what is between the braces stays. */
const wrapping = new Set(
  (
    'text textbf textit textrm textsf texttt textnormal textup textmd emph mathrm mathbf mathit mathsf mathtt ' +
    'mathnormal bm boldsymbol mbox hbox boxed fbox framebox underline uline operatorname ensuremath mathop mathord'
  ).split(' '),
)

/** Commands whose first braces are no part of the answer. */
const colouring = new Set(['color', 'textcolor', 'colorbox', 'fontsize', 'hspace', 'vspace'])

const spacing = new Set([
  'quad',
  'qquad',
  'thinspace',
  'medspace',
  'thickspace',
  'enspace',
  'space',
])

/** Commands that are a character; the others keep their name. */
const characters: ReadonlyMap<string, string> = new Map([
  ['dfrac', '\\frac'],
  ['tfrac', '\\frac'],
  ['cfrac', '\\frac'],
  ['dbinom', '\\binom'],
  ['tbinom', '\\binom'],
  ['lbrace', '\\{'],
  ['rbrace', '\\}'],
  ['lbrack', '['],
  ['rbrack', ']'],
  ['leq', '\\le'],
  ['leqslant', '\\le'],
  ['geq', '\\ge'],
  ['geqslant', '\\ge'],
  ['lt', '<'],
  ['gt', '>'],
  ['neq', '\\ne'],
  ['lvert', '|'],
  ['rvert', '|'],
  ['vert', '|'],
  ['mid', '|'],
  ['colon', ':'],
  ['degree', '^\\circ'],
  ['textdegree', '^\\circ'],
  ['dollar', ''],
  ['textdollar', ''],
  ['euro', '€'],
  ['pounds', '£'],
  ['minus', '-'],
])

/** Characters for which keyboards and LaTeX have others. */
const others: ReadonlyMap<string, string> = new Map([
  ...[...'\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d'].map((sign): [string, string] => [
    sign,
    '-',
  ]),
  ...[...'\u00a0\u2002\u2003\u2005\u2007\u2008\u2009\u200a\u202f\u205f\u3000'].map(
    (space): [string, string] => [space, ' '],
  ),
  ...[...'\u200b\u200c\u200d\u2060\ufeff\u2061\u2062\u2063'].map((mark): [string, string] => [
    mark,
    '',
  ]),
  ['\u00d7', '\\times '],
  ['\u00f7', '\\div '],
  ['\u00b7', '\\cdot '],
  ['\u22c5', '\\cdot '],
  ['\u2219', '\\cdot '],
  ['\u2217', '*'],
  ['\u2044', '/'],
  ['\u2215', '/'],
  ['\u2236', ':'],
  ['\u221a', '\\sqrt '],
  ['\u03c0', '\\pi '],
  ['\u221e', '\\infty '],
  ['\u2264', '\\le '],
  ['\u2265', '\\ge '],
  ['\u2260', '\\ne '],
  ['\u2248', '\\approx '],
  ['\u2208', '\\in '],
  ['\u222a', '\\cup '],
  ['\u2229', '\\cap '],
  ['\u2205', '\\emptyset '],
  ['\u00b1', '\\pm '],
  ['\u00b0', '^\\circ '],
  ['\u3001', ','],
  ['\u3002', '.'],
  ['\u2019', "'"],
  ['\u2032', "'"],
  ['\u00bc', ' 1/4'],
  ['\u00bd', ' 1/2'],
  ['\u00be', ' 3/4'],
  ['\u2153', ' 1/3'],
  ['\u2154', ' 2/3'],
  ...[...'⁰¹²³⁴⁵⁶⁷⁸⁹'].map((raised, digit): [string, string] => [raised, `^{${digit}}`]),
  // Arabic, Persian, Devanagari
  ...['٠١٢٣٤٥٦٧٨٩', '۰۱۲۳۴۵۶۷۸۹', '०१२३४५६७८९'].flatMap(digits =>
    [...digits].map((digit, value): [string, string] => [digit, String(value)]),
  ),
  ...[...'₀₁₂₃₄₅₆₇₈₉'].map((lowered, digit): [string, string] => [lowered, `_{${digit}}`]),
])

const otherPattern = new RegExp(`[${[...others.keys()].join('')}\uff01-\uff5e]`, 'gu')

/** Full-width characters lie 0xfee0 above their ASCII ones. */
const asciiOf = (character: string): string =>
  others.get(character) ?? String.fromCodePoint((character.codePointAt(0) ?? 0) - 0xfee0)

/** The characters of a keyboard. */
export const inAscii = (text: string): string =>
  text
    .replace(otherPattern, asciiOf)
    // two raised digits in a row are one power
    .replace(/([\^_]\{\d+)\}[\^_]\{(?=\d)/g, '$1')

const isWordCharacter = (character = ''): boolean => /[\p{L}\p{N}]/u.test(character)
const isLetter = (character = ''): boolean => /\p{L}/u.test(character)

const part = /\\([a-zA-Z]+)\*?|\\(.)|[{}]|[^\\{}]+|\\/gsu

/** Takes the LaTeX apart that only says how something looks. */
class Unwrapping {
  /** Text so far; joined once. */
  readonly #out: string[] = []
  /** For each open brace, whether it stays. */
  readonly #open: boolean[] = []
  #last = ''
  /** A wrapper was closed just now: what follows is another word. */
  #wordEnded = false
  #commandEnded = false
  /** Braces that follow are an argument that goes, and those behind it a wrapper's. */
  #argument: 'kept' | 'wrapped' | 'dropped' | 'coloured' = 'kept'
  #skipping = 0

  read(text: string): string {
    for (const [found, command, escaped] of text.matchAll(part)) {
      if (this.#skipping > 0) this.#skip(found)
      else if (command !== undefined) this.#command(command)
      else if (escaped !== undefined) this.#escape(escaped)
      else if (found === '{') this.#brace()
      else if (found === '}') this.#close()
      else this.#plain(found)
    }
    return this.#out.join('')
  }

  #write(text: string): void {
    if (text === '') return
    const edge = isWordCharacter(this.#last) && isWordCharacter(text[0])
    const words = isLetter(this.#last) || isLetter(text[0])
    if (this.#wordEnded && edge && words) this.#out.push(' ')
    // a command ends where no letter follows
    else if (this.#commandEnded && isLetter(text[0])) this.#out.push(' ')
    this.#wordEnded = false
    this.#commandEnded = false
    this.#out.push(text)
    this.#last = text.at(-1) ?? ''
  }

  #skip(found: string): void {
    if (found === '{') this.#skipping++
    if (found === '}' && --this.#skipping === 0) this.#argument = 'coloured'
  }

  #command(name: string): void {
    if (this.#argument !== 'kept') this.#argument = 'kept'
    if (silent.has(name)) return
    if (wrapping.has(name)) this.#argument = 'wrapped'
    else if (colouring.has(name)) this.#argument = 'dropped'
    else if (spacing.has(name)) this.#write(' ')
    else {
      const character = characters.get(name) ?? `\\${name}`
      this.#write(character)
      this.#commandEnded = /\\[a-z]+$/i.test(character)
    }
  }

  #escape(character: string): void {
    if (character === '{' || character === '}') this.#write(`\\${character}`)
    else if (character === '\\') this.#write('\\\\')
    else if (',!;: \n'.includes(character)) this.#write(character === '!' ? '' : ' ')
    else if (!'()[]$'.includes(character)) this.#write(character)
  }

  #brace(): void {
    const argument = this.#argument
    this.#argument = 'kept'
    if (argument === 'dropped') {
      this.#skipping = 1
      return
    }
    if (argument === 'kept') this.#write('{')
    else this.#wordEnded = true
    this.#open.push(argument === 'kept')
  }

  #close(): void {
    this.#argument = 'kept'
    if (this.#open.pop() ?? true) this.#write('}')
    else this.#wordEnded = true
  }

  #plain(text: string): void {
    // `\text {x}`, `\color{red} x`
    if (text.trim() === '' && this.#argument !== 'kept') return
    this.#argument = 'kept'
    this.#write(text.replaceAll('$', '').replaceAll('~', ' '))
  }
}

const thinGroup = /(?<![\d.,])\d{1,3}(?:[ '_]\d{3})+(?![\d])/g
const dottedGroups = /(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?![.,]?\d)/g

/** Without what drop matches, one character at a time, at the end. */
export function trimEndOf(text: string, drop: RegExp): string {
  let end = text.length
  while (end > 0 && drop.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

function trimStartOf(text: string, drop: RegExp): string {
  let start = 0
  while (start < text.length && drop.test(text.charAt(start))) start++
  return text.slice(start)
}

/** Braces around the whole, of which LaTeX shows nothing. */
function withoutOuterBraces(text: string): string {
  let plain = text
  while (plain.startsWith('{') && closingOf(plain) === plain.length - 1) {
    plain = plain.slice(1, -1).trim()
  }
  return plain
}

/** Where the brace that a text starts with is closed. */
function closingOf(text: string): number {
  let depth = 0
  for (const { 0: found, index } of text.matchAll(/\\.|[{}]/gs)) {
    if (found === '{') depth++
    if (found === '}' && --depth === 0) return index
  }
  return -1
}

const inWords = (written: string): string => {
  const text = written.replace(/^(?:minus|negative)\s+(?=[\d.])/i, '-')
  if (text.length > 80 || !/^[a-z][a-z\s-]*$/i.test(text)) return text
  const sign = /^(?:minus|negative)\s+/i.exec(text)?.[0] ?? ''
  const number = numberInWords(text.slice(sign.length))
  return number === null ? text : `${sign === '' ? '' : '-'}${number}`
}

/** Longer ones are no answers, and nothing is looked for inside. */
const mostCharacters = 4000

/**
 * One line of plain text: LaTeX where it says something, ASCII where it can, one space at most; thousands are only marked by
 * commas. '' where nothing is left.
 */
export function plainText(written: string): string {
  if (written.length > mostCharacters) return written.trim()
  const text = new Unwrapping()
    .read(
      inAscii(written.replaceAll('{,}', ',').replace(/(\d)\\[,;: ](?=\d{3}(?!\d))/g, '$1\u2009')),
    )
    .replace(/\s+/g, ' ')
    .trim()
  const bare = trimEndOf(trimStartOf(text, /[*_`\s]/), /[*_`.,;\s]/)
  const plain = withoutOuterBraces(bare)
    .replace(thinGroup, group => group.replace(/[ '_]/g, ','))
    .replace(/(?<=\d)\^ ?\{? ?(st|nd|rd|th) ?\}?/g, '$1')
    .replace(/\^ ?\{?\\circ ?\}? ?([CF])(?![a-zA-Z])/g, (_, scale) =>
      scale === 'C' ? ' celsius' : ' fahrenheit',
    )
    .replace(dottedGroups, group => group.replaceAll('.', ','))
    .replace(/^([-+])\s+(?=[\d.\\(])/, '$1')
  return inWords(trimEndOf(plain, /[.,;\s]/))
}
