// @ts-check
/** Costs by length: exponents and their table. Pure. */
import { markdown, number } from './markdown.mjs'
import { powerLaw } from './statistics.mjs'

/** @typedef {import('./curve-table.d.mts').Curve} Curve */

/** @param {Curve['points']} points */
function lawOf(points) {
  const fits = points.length > 1 && points.every(([, value]) => value > 0)
  return fits ? powerLaw(points) : null
}

/** @type {typeof import('./curve-table.d.mts').exponents} */
export function exponents({ points }) {
  const all = lawOf(points)
  return {
    all: all?.exponent ?? null,
    fit: all?.fit ?? null,
    last: lawOf(points.slice(-2))?.exponent ?? null,
  }
}

/** @param {number | null} exponent */
const power = exponent => (exponent === null ? 'none' : exponent.toFixed(2))

/** @param {Curve} curve @param {number | null} all */
function judged({ bar }, all) {
  if (bar === undefined) return ''
  if (all === null) return `${bar}, not judged`
  return `${bar}${all <= bar ? ', met' : ', missed'}`
}

/** @type {typeof import('./curve-table.d.mts').curveTable} */
export function curveTable(curves) {
  const lengths = [...new Set(curves.flatMap(({ points }) => points.map(([length]) => length)))]
  lengths.sort((a, b) => a - b)
  const lines = curves.map(curve => {
    const values = lengths.map(length => curve.points.find(point => point[0] === length)?.[1])
    const { all, fit, last } = exponents(curve)
    return [
      `${curve.name}, ${curve.unit}`,
      ...values.map(value => (value === undefined ? '' : number(value))),
      power(all),
      power(fit),
      power(last),
      judged(curve, all),
    ]
  })
  const head = ['', ...lengths.map(number), 'exponent', 'fit', 'of the last two', 'bar']
  return markdown(head, lines)
}
