/** The picture of a step graph: a row for each step, an arc for each look that counts. */

import t from 'tap'
import { prune, type StepGraph, scoreStepGraph, segment } from '../../dist/index.js'
import { stepGraphSvg } from '../../dist/report/index.js'
import { fakeTrace } from '../support/fake-session.js'

const trace = segment(
  fakeTrace('p', '<think>one & two < three\n\nfour and six\n\nseventh</think>\\boxed{2}'),
  { minCharacters: 1 },
)
const graph: StepGraph = {
  heads: [{ layer: 0, head: 0 }],
  steps: trace.steps.map(({ tokenStart, tokenEnd }) => ({ start: tokenStart, end: tokenEnd })),
  // the last look is below an eighth of the largest one
  looks: [
    [
      [0, 0, 0],
      [0.2, 0, 0],
      [0.4, 0.1, 0],
      [0.1, 0.02, 0.3],
    ],
  ],
  decodedTokens: 0,
}
const count = (svg: string, part: RegExp) => (svg.match(part) ?? []).length

t.test('rows, arcs and what was removed', async t => {
  const pruned = prune(scoreStepGraph(trace, graph, { aggregate: 'sum' }), { keep: 2 })
  t.strictSame(pruned.kept, [0, 2])
  const svg = stepGraphSvg(pruned, graph)
  t.match(svg, /^<svg [^>]*viewBox="0 0 \d+ \d+"[\s\S]*<\/svg>\n$/)
  t.equal(count(svg, /<path /g), 5, 'one for each look that is not faint')
  t.equal(count(svg, /line-through/g), 1)
  t.match(svg, /line-through">four and six/)
  t.match(svg, /one &amp; two &lt; three/, 'text is escaped')
  t.match(svg, /answer: \\boxed\{2\}/)
  t.notMatch(svg, /NaN|undefined|Infinity/)
  t.match(svg, /stroke-width="4\.00"/, 'the largest look is the widest')
})

t.test('a graph without looks is a picture without arcs', async t => {
  const empty = { ...graph, looks: [graph.looks[0]?.map(row => row.map(() => 0)) ?? []] }
  const svg = stepGraphSvg(prune(scoreStepGraph(trace, empty), { keep: 1 }), empty)
  t.equal(count(svg, /<path /g), 0)
  t.notMatch(svg, /NaN|undefined|Infinity/)
})
