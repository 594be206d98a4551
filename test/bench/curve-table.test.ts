/** Exponents of costs whose law is known. */
import t from 'tap'
import { type Curve, curveTable, exponents } from '../../bench/curve-table.mjs'

const lengths = [1024, 2048, 4096, 8192]
const curve = (of: (length: number) => number, bar?: number): Curve => ({
  name: 'cost',
  unit: 'ms',
  points: lengths.map(length => [length, of(length)]),
  bar,
})

t.test('a pure power has one exponent everywhere', async t => {
  const { all, fit, last } = exponents(curve(n => 3 * n ** 2))
  t.ok(all !== null && Math.abs(all - 2) < 1e-9)
  t.ok(fit !== null && Math.abs(fit - 1) < 1e-9)
  t.ok(last !== null && Math.abs(last - 2) < 1e-9)
})

t.test('a constant flattens the fit more than the last two points', async t => {
  const { all, last } = exponents(curve(n => 2048 + n))
  t.ok(all !== null && last !== null && all < last && last < 1)
  t.ok(last !== null && Math.abs(last - Math.log2(10240 / 6144)) < 1e-9)
})

t.test('a difference that is not above zero has no exponent', async t => {
  for (const wrong of [0, -1, Number.NaN]) {
    const found = exponents(curve(n => (n === 1024 ? wrong : n)))
    t.strictSame([found.all, found.fit], [null, null])
    t.ok(found.last !== null, 'where it is above zero at the end')
  }
  t.strictSame(exponents({ ...curve(n => n), points: [[1024, 1]] }).all, null)
})

t.test('the table says which bar is met, and leaves open what was not measured', async t => {
  const short: Curve = { name: 'short', unit: 'KiB', points: [[1024, 5]] }
  const lines = curveTable([curve(n => n, 1.1), curve(n => n ** 1.2, 1.1), short]).split('\n')
  t.equal(lines.length, 5)
  t.equal(new Set(lines.map(line => line.split('|').length)).size, 1, 'columns')
  t.match(lines[2], /^\| cost, ms \| 1,024 \|.*\| 1\.00 \| 1\.00 \| 1\.00 \| 1\.1, met \|$/)
  t.match(lines[3], /\| 1\.20 \|.*1\.1, missed \|$/)
  t.match(lines[4], /^\| short, KiB \| 5 \| {2}\| {2}\| {2}\| none \| none \| none \| {2}\|$/)
})
