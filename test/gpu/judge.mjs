// @ts-check
/** What came out against what has to come out, and both as Markdown. Pure. */

/** @typedef {import('./trials.d.mts').Bar} Bar */
/** @typedef {import('./judge.d.mts').Row} Row */
/** @typedef {import('./judge.d.mts').Result} Result */

/** @type {typeof import('./judge.d.mts').judge} */
export function judge(rows, trial, dry) {
  return rows.map(row => {
    const bar = trial.bars.find(({ rows: names }) => names.test(row.name))
    if (bar === undefined) return row
    const text = describe(bar)
    if (dry && row.unit !== 'NMSE') return { ...row, bar: text }
    return { ...row, bar: text, ok: meets(row, bar) }
  })
}

/** @param {Row} row @param {Bar} bar */
function meets(row, { ratio, least = -Infinity, most = Infinity }) {
  // what a ratio is taken of has none to itself
  const value = ratio === undefined ? row.value : (row.ratios?.[ratio] ?? Number.NaN)
  return value >= least && value <= most
}

/** @param {Bar} bar */
const describe = ({ ratio, least, most }) =>
  `${least === undefined ? `at most ${number(most ?? 0)}` : `at least ${number(least)}`}${
    ratio === undefined ? '' : ` × ${ratio}`
  }`

/** @param {number} value */
function number(value) {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(1)
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 3 : 0 })
}

/** @type {typeof import('./judge.d.mts').hasFailed} */
export const hasFailed = ({ error, rows }) =>
  error !== undefined || rows.some(({ ok }) => ok === false)

/** @type {typeof import('./judge.d.mts').summary} */
export function summary(results) {
  return results.map(section).join('\n\n')
}

/** @param {Result} result */
function section({ name, seconds, rows, skipped, error }) {
  const title = `## ${name} (${seconds.toFixed(0)} s)`
  if (error !== undefined) return `${title}\n\nFailed: ${error}`
  if (skipped !== undefined) return `${title}\n\nSkipped: ${skipped}`
  const lines = rows.map(({ name: row, value, unit, ratios = {}, bar = '', ok }) => {
    const compared = Object.entries(ratios).map(([to, ratio]) => `${ratio.toFixed(3)} × ${to}`)
    const verdict = ok === undefined ? '' : ok ? 'met' : '**missed**'
    return `| ${row} | ${number(value)} ${unit} | ${compared.join(', ')} | ${bar} | ${verdict} |`
  })
  return [title, '', '| | measured | against | bar | |', '|---|---|---|---|---|', ...lines].join(
    '\n',
  )
}
