/** What stands behind a number and says of what it is so many. Pure. */

/** Spellings of one unit; the first is its name. */
const spellings: readonly (readonly string[])[] = [
  ['m', 'meter', 'meters', 'metre', 'metres'],
  ['cm', 'centimeter', 'centimeters', 'centimetre', 'centimetres'],
  ['mm', 'millimeter', 'millimeters', 'millimetre', 'millimetres'],
  ['km', 'kilometer', 'kilometers', 'kilometre', 'kilometres'],
  ['in', 'inch', 'inches'],
  ['ft', 'foot', 'feet'],
  ['yd', 'yard', 'yards'],
  ['mi', 'mile', 'miles'],
  ['g', 'gram', 'grams'],
  ['kg', 'kilogram', 'kilograms', 'kilo', 'kilos'],
  ['mg', 'milligram', 'milligrams'],
  ['lb', 'lbs', 'pound', 'pounds', '£'],
  ['oz', 'ounce', 'ounces'],
  ['s', 'sec', 'secs', 'second', 'seconds'],
  ['min', 'mins', 'minute', 'minutes'],
  ['h', 'hr', 'hrs', 'hour', 'hours'],
  ['day', 'days'],
  ['week', 'weeks'],
  ['month', 'months'],
  ['year', 'years', 'yr', 'yrs'],
  ['l', 'L', 'liter', 'liters', 'litre', 'litres'],
  ['ml', 'mL', 'milliliter', 'milliliters', 'millilitre', 'millilitres'],
  ['mph'],
  ['kph', 'km/h'],
  ['degree', 'degrees', 'deg'],
  ['radian', 'radians', 'rad'],
  ['percent', 'percents', 'pct'],
  ['dollar', 'dollars', 'usd', 'bucks'],
  ['cent', 'cents'],
  ['euro', 'euros', 'eur', '€'],
  ['N', 'newton', 'newtons'],
  ['J', 'joule', 'joules'],
  ['W', 'watt', 'watts'],
  ['V', 'volt', 'volts'],
  ['Hz', 'hertz'],
  ['th', 'st', 'nd', 'rd'],
  ['am', 'a.m'],
  ['pm', 'p.m'],
  ['kW'],
  ['kJ'],
]

const names: ReadonlyMap<string, string> = new Map(
  spellings.flatMap(([name = '', ...more]) =>
    [name, ...more].map((spelling): [string, string] => [spelling, name]),
  ),
)

const nameOf = (word: string): string | undefined =>
  names.get(word) ?? names.get(word.toLowerCase())

/** Whether a word can be nothing but a unit, behind a number. */
export const isUnit = (word: string): boolean => nameOf(word) !== undefined

/** How many of one unit are another one, somewhere. */
const factors = [7, 10, 12, 24, 30, 52, 60, 100, 365, 1000, 1440, 3600, 10_000, 86_400, 1e6]

/** Whether a number with a unit may be another number without one: an hour for 60. */
export function mayConvert(unit: string, number: number, other: number): boolean {
  const isAmount = isMeasure(unit) && !['percent', 'degree', 'radian'].includes(unit)
  if (!isAmount || number === 0 || other === 0) return false
  const ratio = Math.abs(number / other)
  const near = (factor: number) => Math.abs(ratio / factor - 1) < 1e-9
  return number * other > 0 && factors.some(factor => near(factor) || near(1 / factor))
}

/** Hours of a clock are no numbers. */
export const isTime = (unit: string): boolean => unit === 'am' || unit === 'pm'

/** Words behind a number with which it is another one, or no number at all. */
const noUnits = new Set(
  'more less fewer than times plus minus of or and not to from out over under by divided squared cubed if when is are was'.split(
    ' ',
  ),
)

const mostWords = 5

/** Whether what stands behind a number only says of what it is so many: `cm^2`, `miles per hour`, `€`. */
export function isUnitText(
  pieces: readonly { readonly kind: string; readonly text: string }[],
): boolean {
  const words = pieces.filter(({ kind }) => kind === 'word')
  const known = words.every(({ text }) => !noUnits.has(text.toLowerCase()))
  const [first] = pieces
  const begins = first?.kind === 'word' || '€£¥₹'.includes(first?.text ?? ' ')
  const fits = pieces.every(({ kind, text }, i) => {
    const before = pieces[i - 1]?.text ?? ''
    if (kind === 'number') return /^[1-4]$/.test(text) && /^[\^{-]$/.test(before)
    if (kind === 'letter') return before === '/' || pieces[i + 1]?.text === '/'
    return kind === 'word' || '€£¥₹/^{}-.'.includes(text)
  })
  return begins && known && fits && words.length <= mostWords
}

/** Units that are another number of others: 5 of one may be 500 of the next. */
const measures = new Set(
  'm cm mm km in ft yd mi g kg mg lb oz s min h day week month year l ml mph kph kW W kJ J dollar cent euro degree radian percent'.split(
    ' ',
  ),
)

/** One spelling for each: `5 centimetres`, `5 cm`; words in the singular. */
export const unitName = (text: string): string =>
  text
    .split(/\s+/)
    .map(word => nameOf(word) ?? word.toLowerCase().replace(/(?<=\p{L}{2})s$/u, ''))
    .join(' ')
    .trim()

/** Whether numbers of two units may be of the same size without being the same number. */
export const canConvert = (a: string, b: string): boolean => a !== b && [a, b].some(isMeasure)

function isMeasure(unit: string): boolean {
  return unit.split(/[\s^/\d]+/).some(word => measures.has(word))
}
