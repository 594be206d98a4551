import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { datasets, parseDataset, readDataset } from '../../../dist/experiment/index.js'
import { CotPruneError } from '../../../dist/index.js'

const faultOf = (text: string): string => {
  try {
    parseDataset(text, 'data.jsonl', { strict: true })
  } catch (error) {
    if (CotPruneError.is(error, 'ERR_DATASET')) return error.message
    throw error
  }
  return 'no error'
}

t.test('the plain case', async t => {
  const { problems } = parseDataset('{"problem": "1 + 1?", "answer": 2}\n', 'x')
  t.strictSame(problems, [
    { id: '1', problem: '1 + 1?', answer: '2', verifiedAnswer: undefined, note: undefined },
  ])
})

t.test('keys of public data sets, in any case', async t => {
  const rows = [
    { ID: '2024-I-1', Problem: 'p', Answer: 204, Solution: 's' },
    { question: 'p2', answer: '70' },
    { unique_id: 'test/1.json', prompt: 'p3', final_answer: 'x+1' },
    { problem_idx: 7, problem: 'p4', expected_answer: '033' },
    { problem: 'p5', target: 142.0, id: null },
  ]
  const { problems } = parseDataset(rows.map(row => JSON.stringify(row)).join('\n'), 'x')
  t.strictSame(
    problems.map(({ id, problem, answer }) => [id, problem, answer]),
    [
      ['2024-I-1', 'p', '204'],
      ['2', 'p2', '70'],
      ['test/1.json', 'p3', 'x+1'],
      ['7', 'p4', '33'],
      ['5', 'p5', '142'],
    ],
  )
})

t.test('the first alias counts, whatever the order in the line', async t => {
  const [problem] = parseDataset('{"prompt":"b","problem":"a","target":1,"answer":2}', 'x').problems
  t.match(problem, { problem: 'a', answer: '2' })
})

t.test('BOM, CRLF and blank lines', async t => {
  const text = '\uFEFF{"problem":"a","answer":1}\r\n\r\n  \n{"problem":"b","answer":2}\r\n'
  const { problems } = parseDataset(text, 'x')
  t.strictSame(
    problems.map(problem => [problem.id, problem.problem, problem.answer]),
    [
      ['1', 'a', '1'],
      ['2', 'b', '2'],
    ],
  )
})

t.test('line separators inside a text do not end the line', async t => {
  const { problems } = parseDataset('{"problem":"a\u2028b","answer":1}', 'x')
  t.equal(problems[0]?.problem, 'a\u2028b')
})

t.test('faults name the line, counted in the file, and the field', async t => {
  const good = '{"problem":"a","answer":1}'
  t.match(faultOf(`${good}\n\n{"problem":`), /^data\.jsonl:3: not valid JSON: /)
  t.match(faultOf(`${good}\r\n${good} x`), /^data\.jsonl:2: not valid JSON: /)
  t.match(faultOf('[1]'), /^data\.jsonl, entry 1: expected an object, received a number/)
  t.match(
    faultOf(`${good}\n[1]`),
    /^data\.jsonl:2: expected an object on each line, received an array/,
  )
  t.match(faultOf('null'), /received null/)
  t.match(
    faultOf('{"answer":1}'),
    /^data\.jsonl:1: "problem" is missing \(or "question", "prompt"\)/,
  )
  t.match(faultOf(`${good}\n{"problem":"a"}`), /^data\.jsonl:2: "answer" is missing/)
  t.match(faultOf('{"problem":3,"answer":1}'), /"problem" must be text, received a number/)
  t.match(faultOf('{"problem":" ","answer":1}'), /"problem" is empty/)
  t.match(faultOf('{"problem":"a","answer":null}'), /"answer" is missing/)
  t.match(faultOf('{"problem":"a","answer":{}}'), /"answer" must be text or a number/)
  t.match(faultOf('{"problem":"a","answer":12345678901234567890}'), /too large/)
  t.match(faultOf('{"problem":"a","answer":1,"verifiedAnswer":[]}'), /"verifiedAnswer" is an empty/)
  t.equal(faultOf(''), 'data.jsonl has no problems')
  t.equal(faultOf('\uFEFF\n\r\n'), 'data.jsonl has no problems')
})

t.test('answers have one text', async t => {
  const cases: [string, string][] = [
    ['033', '33'],
    [' 1,000 ', '1000'],
    ['142.0', '142'],
    ['5.', '5'],
    ['000', '0'],
    ['-0', '0'],
    ['-07', '-7'],
    ['+4', '4'],
    ['1,00', '1,00'],
    ['0.5', '0.5'],
    ['\\frac{1}{2}', '\\frac{1}{2}'],
  ]
  for (const [answer, expected] of cases) {
    const { problems } = parseDataset(JSON.stringify({ problem: 'a', answer }), 'x')
    t.equal(problems[0]?.answer, expected, answer)
  }
})

t.test('a file', async t => {
  const folder = t.testdir({ 'mini set.jsonl': '{"problem":"a","answer":1}\n' })
  const path = join(folder, 'mini set.jsonl')
  const { name, path: from, problems } = await readDataset(path)
  t.strictSame([name, from, problems.length], ['mini set', path, 1])
})

const rejects = (t: Test, path: string, message: RegExp) =>
  t.rejects(readDataset(path), { code: 'ERR_DATASET', message })

t.test('files that cannot be read as text', async t => {
  const folder = t.testdir({ 'empty.jsonl': '', 'bad.jsonl': '{"problem":"a","answer":1}\n{' })
  writeFileSync(join(folder, 'utf16.jsonl'), Buffer.from('\uFEFF{}', 'utf16le'))
  await rejects(t, join(folder, 'missing.jsonl'), /cannot read .*missing\.jsonl/)
  await rejects(t, folder, /cannot read/)
  await rejects(t, join(folder, 'empty.jsonl'), /empty\.jsonl has no problems/)
  await rejects(t, join(folder, 'bad.jsonl'), /bad\.jsonl:2: not valid JSON/)
  await rejects(t, join(folder, 'utf16.jsonl'), /is not UTF-8 text/)
})

t.test('the built-in set equals the file that it restates', async t => {
  const seed = await datasets.get('seed-aime')?.load()
  t.equal(seed?.problems.length, 5)
  t.strictSame(
    seed?.problems.map(problem => [problem.answer, problem.verifiedAnswer]),
    [
      ['31', null],
      ['25', '25'],
      ['5', '1'],
      ['33', '33'],
      ['18', '61'],
    ],
  )
  const lines = seed?.problems.map(problem => JSON.stringify(problem)).join('\n') ?? ''
  t.match(parseDataset(lines, 'again').problems, seed?.problems ?? [])
})

t.test(
  'the built-in set has not drifted from the shared file',
  {
    skip: process.env.COT_PRUNE_SEED_AIME ? false : 'COT_PRUNE_SEED_AIME names no file',
  },
  async t => {
    const text = readFileSync(process.env.COT_PRUNE_SEED_AIME ?? '', 'utf8')
    t.match(
      parseDataset(text, 'shared').problems,
      (await datasets.get('seed-aime')?.load())?.problems ?? [],
    )
  },
)
