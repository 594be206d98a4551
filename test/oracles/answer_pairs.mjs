/**
 * Pairs of answers, made by a seeded generator that knows the truth, with the checker's verdict: JSON Lines for
 * math_verify_pairs.py, which compares them with math-verify.
 *
 *   node test/oracles/answer_pairs.mjs 4000 > pairs.jsonl
 */

import { decideAnswer } from '../../dist/evaluate/canonical.js'
import { draw, kinds, pick } from './answer_kinds.mjs'

const count = Number(process.argv[2] ?? 4000)

for (let i = 0; i < count; i++) {
  const [kind, make] = pick(Object.entries(kinds))
  const [same, others] = make()
  const gold = pick(same)
  const truth = draw(5) < 3
  const answer = truth ? pick(same) : pick(others)
  const { verdict, by } = decideAnswer(answer, gold)
  console.log(JSON.stringify({ kind, gold, answer, truth, verdict, by }))
}
