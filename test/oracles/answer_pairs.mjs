/**
 * Pairs of answers with the checker's verdict, as JSON Lines for math_verify_pairs.py, which compares them with math-verify.
 *
 *   node test/oracles/answer_pairs.mjs 5000 > pairs.jsonl            made by a seeded generator that knows the truth
 *   node test/oracles/answer_pairs.mjs sympy.jsonl > pairs.jsonl     those of a file: { kind, gold, answer, truth } a line
 */

import { readFileSync } from 'node:fs'
import { decideAnswer } from '../../dist/evaluate/canonical.js'
import { draw, kinds, pick } from './answer_kinds.mjs'

const [given = '5000'] = process.argv.slice(2)

function made(count) {
  return Array.from({ length: count }, () => {
    const [kind, make] = pick(Object.entries(kinds))
    const [same, others] = make()
    const gold = pick(same)
    const truth = draw(5) < 3
    return { kind, gold, answer: truth ? pick(same) : pick(others), truth }
  })
}

const read = path =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

for (const pair of /^\d+$/.test(given) ? made(Number(given)) : read(given)) {
  const { verdict, by } = decideAnswer(pair.answer, pair.gold)
  console.log(JSON.stringify({ ...pair, verdict, by }))
}
