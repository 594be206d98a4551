/** Whole numbers that a text writes in words. */

const ones = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
  ...['eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen'],
  'nineteen',
]
const tens = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const scales = { thousand: 1000n, million: 1_000_000n, billion: 1_000_000_000n } as const

type Word =
  | { readonly kind: 'one' | 'ten' | 'scale'; readonly value: bigint }
  | { readonly kind: 'hundred' }
  | { readonly kind: 'and' }

const english: ReadonlyMap<string, Word> = new Map<string, Word>([
  ...ones.map((word, value): [string, Word] => [word, { kind: 'one', value: BigInt(value) }]),
  ...tens.map((word, i): [string, Word] => [word, { kind: 'ten', value: BigInt(10 * (i + 2)) }]),
  ...Object.entries(scales).map(([word, value]): [string, Word] => [
    word,
    { kind: 'scale', value },
  ]),
  ['fourty', { kind: 'ten', value: 40n }],
  ['a', { kind: 'one', value: 1n }],
  ['hundred', { kind: 'hundred' }],
  ['and', { kind: 'and' }],
])

/**
 * The numbers of a run of English number words: "two hundred and five" is one, "two three" are two. A word that cannot
 * go on with the number before begins the next one.
 */
function numbersOfRun(run: readonly string[]): bigint[] {
  const found: bigint[] = []
  let [total, group, last]: [bigint, bigint, Word['kind'] | null] = [0n, 0n, null]
  let below: bigint | null = null // the next scale must be smaller
  const end = () => {
    if (last !== null) found.push(total + group)
    ;[total, group, last, below] = [0n, 0n, null, null]
  }
  for (const [i, text] of run.entries()) {
    const word = english.get(text)
    if (word === undefined || word.kind === 'and') continue
    // "a" is a number only in "a hundred", "a million"
    const next = english.get(run[i + 1] ?? '')?.kind
    if (text === 'a' && next !== 'hundred' && next !== 'scale') continue
    if (word.kind === 'hundred') {
      if (last !== 'one' || group === 0n || group > 99n) end()
      group = (group === 0n ? 1n : group) * 100n
    } else if (word.kind === 'scale') {
      if (last === 'scale' || last === null) end()
      if (below !== null && word.value >= below) {
        found.push(total)
        total = 0n
      }
      total += (group === 0n ? 1n : group) * word.value
      ;[group, below] = [0n, word.value]
    } else {
      const fits =
        last === null ||
        last === 'hundred' ||
        last === 'scale' ||
        (last === 'ten' && word.kind === 'one' && word.value > 0n && word.value < 10n)
      if (!fits) end()
      group += word.value
    }
    last = word.kind
  }
  end()
  return found
}

const chineseDigits = '零一二三四五六七八九'
const chineseUnits: Readonly<Record<string, bigint>> = { 十: 10n, 百: 100n, 千: 1000n }

/** `三百零五`, `十二`, `两万`; digits in a row, as of a year, are read as digits. */
function chineseNumber(run: string): bigint {
  const text = run.replaceAll('两', '二').replaceAll('〇', '零')
  if (!/[十百千万亿]/.test(text)) {
    return BigInt([...text].map(digit => chineseDigits.indexOf(digit)).join(''))
  }
  let [total, group, digit]: [bigint, bigint, bigint | null] = [0n, 0n, null]
  for (const character of text) {
    const unit = chineseUnits[character]
    if (unit !== undefined) {
      group += (digit ?? 1n) * unit
      digit = null
    } else if (character === '万') {
      total += (group + (digit ?? 0n)) * 10_000n
      ;[group, digit] = [0n, null]
    } else if (character === '亿') {
      total = (total + group + (digit ?? 0n)) * 100_000_000n
      ;[group, digit] = [0n, null]
    } else digit = BigInt(chineseDigits.indexOf(character))
  }
  return total + group + (digit ?? 0n)
}

const englishWords = [...english.keys()].join('|')
const englishRun = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${englishWords})(?:[\\s-]{1,4}(?:${englishWords})(?![\\p{L}\\p{N}]))*(?![\\p{L}\\p{N}])`,
  'giu',
)
const chineseRun = /[零〇一二两三四五六七八九十百千万亿]+/g

/** Every whole number that stands in English or Chinese words. */
export function numbersInWords(text: string): bigint[] {
  const inEnglish = Array.from(text.matchAll(englishRun), ([run]) =>
    numbersOfRun(run.toLowerCase().split(/[\s-]+/)),
  )
  const inChinese = Array.from(text.matchAll(chineseRun), ([run]) => chineseNumber(run))
  return [...inEnglish.flat(), ...inChinese]
}

const whole = new RegExp(`^(?:${englishWords})(?:[\\s-]{1,4}(?:${englishWords}))*$`, 'i')

/** The number that a text is, when it is nothing but English number words; else null. */
export function numberInWords(text: string): bigint | null {
  if (!whole.test(text)) return null
  const [number, ...more] = numbersOfRun(text.toLowerCase().split(/[\s-]+/))
  return number === undefined || more.length > 0 ? null : number
}

const stickyRun = new RegExp(englishRun.source, 'iuy')

/** How many characters of number words stand at a place; 0 where there are none, and for "a" and "and". */
export function numberWordsAt(text: string, at: number): number {
  stickyRun.lastIndex = at
  const [run = ''] = stickyRun.exec(text) ?? []
  // "two hundred and" ends before the "and"
  const words = run.replace(/(?:[\s-]+(?:and|a))+$/i, '')
  return numberInWords(words) === null ? 0 : words.length
}
