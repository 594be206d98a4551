// @ts-check
/** From what each process measured to a table of ratios. Pure. */
import { markdown, number } from '../markdown.mjs'
import { median, medianRatio } from '../statistics.mjs'

/** @typedef {import('./compare.d.mts').Measurement} Measurement */
/** @typedef {import('./compare.d.mts').Compared} Compared */

/** @type {typeof import('./compare.d.mts').commonPrefix} */
export function commonPrefix(a, b) {
  const different = a.findIndex((token, i) => token !== b[i])
  return different === -1 ? a.length : different
}

/** @type {typeof import('./compare.d.mts').rowDistance} */
export function rowDistance(a, b) {
  const length = Math.min(a.length, b.length)
  let sum = 0
  for (let i = 0; i < length; i++) sum += Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN))
  return sum / 2
}

/**
 * @param {Measurement | undefined} ours
 * @param {Measurement | undefined} theirs
 */
function agreement(ours, theirs) {
  if (ours?.row !== undefined && theirs?.row !== undefined) {
    return `rows differ by ${rowDistance(ours.row, theirs.row).toExponential(1)}`
  }
  if (ours?.tokens === undefined || theirs?.tokens === undefined) return ''
  const shorter = Math.min(ours.tokens.length, theirs.tokens.length)
  return `${Math.min(commonPrefix(ours.tokens, theirs.tokens), shorter)} of ${shorter} tokens the same`
}

/** @param {Measurement} measurement */
function measuredValue({ tokensPerSecond, millis }) {
  const value = tokensPerSecond ?? millis
  if (value === undefined || !Number.isFinite(value)) {
    throw new Error('a measurement has neither tokensPerSecond nor millis')
  }
  return value
}

/** @type {typeof import('./compare.d.mts').compare} */
export function compare(ours, name, theirs) {
  const mine = ours.map(measuredValue)
  const values = theirs.map(measuredValue)
  const rate = theirs[0]?.tokensPerSecond !== undefined
  /** @type {(of: readonly Measurement[]) => number[]} */
  const peaks = of => of.map(({ peakRssKb }) => peakRssKb)
  /** @type {(of: readonly Measurement[]) => number[]} */
  const busy = of => of.map(({ processorMillis }) => processorMillis)
  return {
    name,
    value: median(values),
    range: [Math.min(...values), Math.max(...values)],
    speed: rate ? medianRatio(mine, values) : medianRatio(values, mine),
    processorSpeed: medianRatio(busy(theirs), busy(ours)),
    peakRssKb: median(peaks(theirs)),
    grownRssKb: median(theirs.map(({ peakRssKb, loadedRssKb }) => peakRssKb - loadedRssKb)),
    memory: medianRatio(peaks(theirs), peaks(ours)),
    agreement: theirs === ours ? '' : agreement(ours[0], theirs[0]),
  }
}

/** @param {number} kb */
const mebibytes = kb => `${number(kb / 1024)} MiB`

/**
 * @param {Compared} compared
 * @param {boolean} first
 */
const cells = (compared, first) => [
  compared.name,
  number(compared.value),
  compared.range.map(number).join(' to '),
  first ? '' : `${number(compared.speed)} times as fast`,
  first ? '' : `${number(compared.processorSpeed)} times`,
  mebibytes(compared.peakRssKb),
  mebibytes(compared.grownRssKb),
  first ? '' : `${number(compared.memory)} times`,
  compared.agreement,
]

/** @type {typeof import('./compare.d.mts').table} */
export function table(outcomes, unit) {
  const first = outcomes[0]
  const ours = first !== undefined && 'rounds' in first ? first.rounds : []
  const start = [
    '',
    unit,
    'range',
    'cot-prune is',
    'by processor time',
    'peak',
    'of it behind the load',
  ]
  const head = [...start, "peak against cot-prune's", 'computed the same']
  const measured = outcomes.flatMap(outcome =>
    'rounds' in outcome
      ? [cells(compare(ours, outcome.name, outcome.rounds), outcome === first)]
      : [],
  )
  const others = outcomes.flatMap(outcome => {
    if ('rounds' in outcome) return []
    return 'absent' in outcome
      ? [`${outcome.name}: absent. Set it up: ${outcome.absent}`]
      : [`${outcome.name}: failed. ${outcome.failed}`]
  })
  return [markdown(head, measured), ...others].join('\n')
}
