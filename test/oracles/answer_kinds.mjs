/** Kinds of answers: each makes spellings of one value, and spellings of another one. Seeded. */

let state = 26
/** From 0 up to `below`. */
export const draw = below => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
const between = (low, high) => low + draw(high - low + 1)
export const pick = list => list[draw(list.length)]
const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b))
const grouped = (n, by) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, by)

/** Two spellings of one value, and one of another. Each kind: () → [spellings, other values' spellings]. */
const integers = () => {
  const n = between(-20000, 90000)
  const of = m => [
    `${m}`,
    `${m}.0`,
    grouped(m, ','),
    grouped(m, '{,}'),
    grouped(m, '\\,'),
    `\\text{${m}}`,
    `\\mathbf{${m}}`,
    m > 0 ? `0${m}` : `${m}.`,
    `x = ${m}`,
    `{${m}}`,
    `\\displaystyle ${m}`,
    m < 0 ? `\u2212${-m}` : `+${m}`,
  ]
  return [of(n), of(n + pick([1, -1, 10, 1000, -2 * n]))]
}
const units = () => {
  const n = between(2, 5000)
  const unit = pick(['cm', 'kg', 'meters', 'apples', 'hours', 'dollars', 'square units'])
  const of = m => [
    `${m}`,
    `${m} \\text{ ${unit}}`,
    `${m}\\ \\mathrm{${unit}}`,
    `${m}\\text{ ${unit}}`,
  ]
  return [of(n), of(n + pick([1, -1, 100]))]
}
const money = () => {
  const n = between(2, 90000)
  const of = m => [
    `${m}`,
    `\\$${m}`,
    `\\$${grouped(m, ',')}`,
    `\\$${m}.00`,
    `${m} \\text{ dollars}`,
  ]
  return [of(n), of(n + pick([1, 10, 100]))]
}
const angles = () => {
  const n = between(1, 359)
  const of = m => [`${m}`, `${m}^\\circ`, `${m}^{\\circ}`, `${m}\\text{ degrees}`]
  return [of(n), of(n + pick([1, -1, 10]))]
}
const percents = () => {
  const n = between(1, 99)
  const of = m => [`${m}\\%`, `${m}%`, `${m} \\%`]
  return [of(n), of(n + pick([1, 10]))]
}
const fractions = () => {
  const [a, b] = [between(1, 40), between(2, 30)]
  const sign = pick(['', '-'])
  const of = (a, b, sign) => {
    const g = divisor(a, b)
    const [p, q] = [a / g, b / g]
    const k = between(2, 5)
    const all = [
      `${sign}\\frac{${p}}{${q}}`,
      `${sign}\\dfrac{${p}}{${q}}`,
      `${sign}${p}/${q}`,
      `${sign}\\frac{${k * p}}{${k * q}}`,
      `\\frac{${sign}${p}}{${q}}`,
      `\\left(${sign}\\frac{${p}}{${q}}\\right)`,
      `x = ${sign}\\frac{${p}}{${q}}`,
      `${sign}${p} \\div ${q}`,
    ]
    if (p < 10 && q < 10) all.push(`${sign}\\frac${p}${q}`)
    if (p > q && q > 1) all.push(`${sign}${Math.floor(p / q)}\\frac{${p % q}}{${q}}`)
    if (p > q && q > 1) all.push(`${sign}${Math.floor(p / q)} ${p % q}/${q}`)
    if (
      /^[25]*$/.test(
        [2, 2, 2, 5, 5, 5].reduce((r, f) => (r % f === 0 ? r / f : r), q) === 1 ? '' : 'x',
      )
    ) {
      all.push(`${sign}${p / q}`)
    }
    return all
  }
  return [of(a, b, sign), of(a + 1, b, sign)]
}
const roots = () => {
  const [a, n] = [between(2, 9), pick([2, 3, 5, 6, 7, 10])]
  const of = (a, n) => [
    `${a}\\sqrt{${n}}`,
    `\\sqrt{${a * a * n}}`,
    `${a} \\sqrt{${n}}`,
    `${a}\\cdot\\sqrt{${n}}`,
    `${a * n}/\\sqrt{${n}}`,
    `\\frac{${a * n}}{\\sqrt{${n}}}`,
    `${a}\\cdot ${n}^{1/2}`,
    `${a}\\times ${n}^{\\frac{1}{2}}`,
  ]
  return [of(a, n), of(a + 1, n)]
}
const sums = () => {
  const [a, b, n] = [between(1, 20), between(1, 9), pick([2, 3, 5, 7])]
  const of = (a, b, n) => [
    `${a}+${b}\\sqrt{${n}}`,
    `${b}\\sqrt{${n}}+${a}`,
    `${a} + \\sqrt{${b * b * n}}`,
    `\\frac{${2 * a}+${2 * b}\\sqrt{${n}}}{2}`,
    `${a}-(-${b}\\sqrt{${n}})`,
  ]
  return [of(a, b, n), of(a, b + pick([0, 1]), n + 4)]
}
const circles = () => {
  const [a, b] = [between(1, 20), between(2, 9)]
  const of = (a, b) => [
    `\\frac{${a}\\pi}{${b}}`,
    `\\frac{${a}}{${b}}\\pi`,
    `${a}\\pi/${b}`,
    `\\pi \\cdot \\frac{${a}}{${b}}`,
    `\\frac{${2 * a}\\pi}{${2 * b}}`,
  ]
  return [of(a, b), of(a + 1, b)]
}
const powers = () => {
  const [a, b] = [between(2, 9), between(2, 6)]
  const of = (a, b) => [
    `${a}^{${b}}`,
    `${a ** b}`,
    `${a}^${b}`,
    `${a} \\cdot ${a}^{${b - 1}}`,
    `(${a})^{${b}}`,
  ]
  return [of(a, b), of(a + pick([0, 1]), b + 1)]
}
const polynomials = () => {
  const [a, b] = [between(1, 9), between(1, 9)]
  const v = pick(['x', 'n', 't'])
  const of = (a, b) => [
    `(${v}+${a})(${v}-${b})`,
    `${v}^2 + ${a - b}${v} - ${a * b}`.replace('+ -', '- ').replace(/([+-]) 0[a-z]/, '$1 0'),
    `${v}^{2} - ${b}${v} + ${a}${v} - ${a * b}`,
    `(${v}-${b})(${v}+${a})`,
    `${v}(${v}+${a}) - ${b}(${v}+${a})`,
  ]
  return [of(a, b), of(a + 1, b)]
}
const quotients = () => {
  const [a, b] = [between(2, 9), between(1, 9)]
  const of = (a, b) => [
    `\\frac{${a}x}{${b}}`,
    `\\frac{${a}}{${b}}x`,
    `${a}x/${b}`,
    `\\frac{${2 * a}x}{${2 * b}}`,
    `\\frac{${a}x^2}{${b}x}`,
  ]
  return [of(a, b), of(a + 1, b)]
}
const tuples = () => {
  const [a, b] = [between(-9, 30), between(-9, 30)]
  const of = (a, b) => [
    `(${a}, ${b})`,
    `(${a},${b})`,
    `\\left(${a}, ${b}\\right)`,
    `(${a}.0, ${b})`,
    `( ${a} , \\frac{${2 * b}}{2} )`,
    `(x, y) = (${a}, ${b})`,
  ]
  return [of(a, b), of(a, b + 1)]
}
const swapped = () => {
  const [a, b] = [between(1, 9), between(10, 30)]
  return [[`(${a}, ${b})`], [`(${b}, ${a})`]]
}
const sets = () => {
  const [a, b, c] = [between(-9, 0), between(1, 9), between(10, 30)]
  const of = (a, b, c) => [
    `\\{${a}, ${b}, ${c}\\}`,
    `\\{${c}, ${a}, ${b}\\}`,
    `\\left\\{${b}, ${c}, ${a}\\right\\}`,
    `${a}, ${b}, ${c}`,
    `${b}, ${a}, ${c}`,
    `${a}, ${b} \\text{ and } ${c}`,
  ]
  return [of(a, b, c), of(a, b, c + 1)]
}
const intervals = () => {
  const [a, b] = [between(-20, 0), between(1, 20)]
  const of = (a, b) => [
    `[${a}, ${b})`,
    `[${a},${b})`,
    `\\left[${a}, ${b}\\right)`,
    `x \\in [${a}, ${b})`,
    `${a} \\le x < ${b}`,
  ]
  return [of(a, b), [...of(a, b + 1), `(${a}, ${b}]`, `[${a}, ${b}]`, `(${a}, ${b})`]]
}
const rays = () => {
  const a = between(-20, 20)
  const of = a => [
    `(${a}, \\infty)`,
    `x > ${a}`,
    `\\left(${a}, \\infty\\right)`,
    `(${a}, +\\infty)`,
    `x\\in(${a},\\infty)`,
  ]
  return [of(a), [...of(a + 1), `[${a}, \\infty)`]]
}
const choices = () => {
  const [a, b] = pick([
    ['A', 'B'],
    ['C', 'A'],
    ['D', 'E'],
    ['B', 'C'],
  ])
  const of = letter => [
    letter,
    `(${letter})`,
    `\\text{${letter}}`,
    `\\textbf{(${letter})}`,
    `\\mathrm{${letter}}`,
  ]
  return [of(a), of(b)]
}
const texts = () => {
  const [a, b] = pick([
    ['Yes', 'No'],
    ['Evelyn', 'Carla'],
    ['even', 'odd'],
    ['parabola', 'ellipse'],
    ['Monday', 'Friday'],
  ])
  const of = word => [
    word,
    `\\text{${word}}`,
    word.toLowerCase(),
    `\\textbf{${word}}`,
    `\\text{${word.toLowerCase()}}`,
  ]
  return [of(a), of(b)]
}
const complexes = () => {
  const [a, b] = [between(1, 9), between(2, 9)]
  const of = (a, b) => [
    `${a}+${b}i`,
    `${b}i+${a}`,
    `${a} + ${b} i`,
    `\\frac{${2 * a}+${2 * b}i}{2}`,
    `${a}-(-${b}i)`,
  ]
  return [of(a, b), [...of(a, b + 1), `${a}-${b}i`]]
}
const functions = () => {
  const [n, k] = [between(3, 9), between(1, 3)]
  const choose = (n, k) => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)
  return pick([
    [[`\\binom{${n}}{${k}}`, `${choose(n, k)}`], [`${choose(n, k) + 1}`]],
    [
      [`${n}!`, `${Array.from({ length: n }, (_, i) => i + 1).reduce((a, b) => a * b)}`],
      [`${n + 1}!`],
    ],
    [[`\\log_{${n}} ${n ** k}`, `${k}`], [`${k + 1}`]],
    [[`\\sin\\frac{\\pi}{6}`, '\\frac{1}{2}', '0.5'], ['\\cos\\frac{\\pi}{6}']],
    [[`\\ln e^{${n}}`, `${n}`], [`${n + 1}`]],
    [[`|-${n}|`, `${n}`], [`-${n}`]],
  ])
}
const equations = () => {
  const [a, b] = [between(2, 9), between(1, 9)]
  const of = (a, b) => [
    `y = ${a}x + ${b}`,
    `y=${a}x+${b}`,
    `y = ${b} + ${a}x`,
    `y - ${b} = ${a}x`,
    `${a}x - y + ${b} = 0`,
  ]
  return [of(a, b), of(a + 1, b)]
}
const matrices = () => {
  const [a, b] = [between(-9, 9), between(-9, 9)]
  const of = (a, b) => [
    `\\begin{pmatrix}${a}\\\\${b}\\end{pmatrix}`,
    `\\begin{pmatrix} ${a} \\\\ ${b} \\end{pmatrix}`,
    `\\begin{bmatrix}${a}\\\\${b}\\end{bmatrix}`,
  ]
  return [of(a, b), of(a, b + 1)]
}

/** Rounded: another value, though graders differ. */
const decimals = () => {
  const [a, b] = [between(1, 20), pick([3, 7, 9, 11, 13])]
  const of = (a, b) => [`\\frac{${a}}{${b}}`, `${a}/${b}`]
  const rounded = a % b === 0 ? `${a / b + 1}` : (a / b).toFixed(pick([2, 3, 4, 6]))
  return [of(a, b), [...of(a + 1, b), rounded, (1 + a / b).toFixed(2)]]
}
const scientific = () => {
  const [a, n] = [between(1, 9), between(2, 7)]
  const of = (a, n) => [
    `${a} \\times 10^{${n}}`,
    `${a}\\cdot 10^${n}`,
    `${a * 10 ** n}`,
    `${a}e${n}`,
    `${a}0 \\times 10^{${n - 1}}`,
  ]
  return [of(a, n), of(a, n + 1)]
}
const plusMinus = () => {
  const [a, n] = [between(1, 9), pick([2, 3, 5])]
  const of = (a, n) => [
    `${a} \\pm \\sqrt{${n}}`,
    `${a}+\\sqrt{${n}}, ${a}-\\sqrt{${n}}`,
    `\\{${a}-\\sqrt{${n}}, ${a}+\\sqrt{${n}}\\}`,
    `x = ${a} \\pm \\sqrt{${n}}`,
  ]
  return [of(a, n), [...of(a + 1, n), `${a} + \\sqrt{${n}}`]]
}
const unions = () => {
  const [a, b] = [between(-9, 0), between(1, 9)]
  const of = (a, b) => [
    `(-\\infty, ${a}) \\cup (${b}, \\infty)`,
    `(-\\infty,${a})\\cup(${b},\\infty)`,
    `(${b}, \\infty) \\cup (-\\infty, ${a})`,
    `\\left(-\\infty, ${a}\\right) \\cup \\left(${b}, \\infty\\right)`,
    `x \\in (-\\infty, ${a}) \\cup (${b}, \\infty)`,
  ]
  return [of(a, b), [...of(a, b + 1), `(-\\infty, ${a}] \\cup (${b}, \\infty)`]]
}
const solutions = () => {
  const [a, b] = [between(-9, 0), between(1, 9)]
  const of = (a, b) => [
    `x = ${a} \\text{ or } x = ${b}`,
    `x=${a}, x=${b}`,
    `${a}, ${b}`,
    `\\{${a}, ${b}\\}`,
    `x = ${b}, ${a}`,
  ]
  return [of(a, b), [...of(a, b + 1), `${a}`, `${b}`]]
}
const nested = () => {
  const [a, b] = [between(1, 6), between(7, 12)]
  const of = (a, b) => [
    `\\sqrt{${a + b}+2\\sqrt{${a * b}}}`,
    `\\sqrt{${a}}+\\sqrt{${b}}`,
    `\\sqrt{${b}} + \\sqrt{${a}}`,
    `\\frac{${b - a}}{\\sqrt{${b}}-\\sqrt{${a}}}`,
  ]
  return [of(a, b), of(a, b + 1)]
}
/** Values of two kinds that have nothing to do with each other. */
const crossed = () => {
  const [a, b] = [
    pick([integers, fractions, tuples, roots, polynomials, sets, intervals]),
    pick([texts, choices, equations, circles, powers]),
  ]
  return [[pick(a()[0])], [pick(b()[0])]]
}

export const kinds = {
  integers,
  units,
  money,
  angles,
  percents,
  fractions,
  roots,
  sums,
  circles,
  powers,
  polynomials,
  quotients,
  tuples,
  swapped,
  sets,
  intervals,
  rays,
  choices,
  texts,
  complexes,
  functions,
  equations,
  matrices,
  decimals,
  scientific,
  plusMinus,
  unions,
  solutions,
  nested,
  crossed,
}
