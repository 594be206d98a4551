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
export const canConvert = (a: string, b: string): boolean =>
  a !== b && [a, b].some(unit => unit.split(/[\s^/\d]+/).some(word => measures.has(word)))
