/** Files as people have them: JSON in its forms, CSV, parquet, packed ones; and what is said of those that are broken or odd. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { packageFolder } from '../../../dist/base/package.js'
import { namedSources } from '../../../dist/experiment/datasets/named.js'
import { openDataset, parseDataset, readDataset } from '../../../dist/experiment/index.js'
import { CotPruneError } from '../../../dist/index.js'

const pairs = ({ problems }: ReturnType<typeof parseDataset>) =>
  problems.map(({ problem, answer }) => [problem, answer])

const two = [
  { problem: 'a', answer: 1 },
  { problem: 'b', answer: 2 },
]
const expected = [
  ['a', '1'],
  ['b', '2'],
]

t.test('JSON in all its forms', async t => {
  const forms = [
    two.map(row => JSON.stringify(row)).join('\n'),
    two.map(row => JSON.stringify(row)).join('\r'),
    two.map(row => JSON.stringify(row)).join('\r\n'),
    JSON.stringify(two),
    `\uFEFF${JSON.stringify(two, null, 2)}\n`,
    JSON.stringify({ data: two }),
    JSON.stringify({ test: two }, null, 2),
    JSON.stringify({
      features: [{ name: 'problem' }],
      rows: two.map(row => ({ row_idx: 0, row })),
    }),
  ]
  for (const text of forms)
    t.strictSame(pairs(parseDataset(text, 'x')), expected, text.slice(0, 40))
  t.strictSame(
    pairs(parseDataset(JSON.stringify(two[0], null, 2), 'x')),
    [['a', '1']],
    'one pretty-printed object',
  )
})

const messageOf = (text: string): string => {
  try {
    parseDataset(text, 'data.jsonl')
    return 'no error'
  } catch (error) {
    return CotPruneError.is(error, 'ERR_DATASET') ? error.message : String(error)
  }
}

t.test('what is wrong with a file is said by its cause', async t => {
  const good = '{"problem":"a","answer":1}'
  const cases: readonly (readonly [string, RegExp])[] = [
    [`${good},\n${good}`, /^data\.jsonl:1: not valid JSON: a comma at the end of the line/],
    [`${good}\n{"problem":"a","answer":1,}`, /^data\.jsonl:2: .*a comma before a closing bracket/],
    [`[${good},\n]`, /a comma before a closing bracket/],
    [`// my problems\n${good}`, /^data\.jsonl:1: .*a comment line/],
    [`${good}\n# more`, /^data\.jsonl:2: .*a comment line/],
    [
      `${good}\n{"problem":"\\sqrt{2}","answer":1}`,
      /^data\.jsonl:2: .*a single backslash before "s"/,
    ],
    [`${good}\n{'problem': 'a', 'answer': 1}`, /^data\.jsonl:2: .*single quotes/],
    [`${good}\n{"problem":"a","answer":NaN}`, /^data\.jsonl:2: .*NaN/],
  ]
  for (const [text, message] of cases) t.match(messageOf(text), message, text)
})

t.test('CSV: quotes, line breaks, other separators', async t => {
  const folder = t.testdir({
    'a.csv': 'Problem,Answer\n"a, with ""quotes""\nand a line",1\nb,2\n',
    'b.csv': '\uFEFFproblem;answer\r\na;1\r\nb;2',
    'c.tsv': 'problem\tanswer\na\t1\nb\t2\n',
    'bad.csv': 'problem,answer\na,1,2\n',
    'open.csv': 'problem,answer\n"a,1\n',
    'empty.csv': 'problem,answer\n',
  })
  t.strictSame(pairs(await readDataset(join(folder, 'a.csv'))), [
    ['a, with "quotes"\nand a line', '1'],
    ['b', '2'],
  ])
  t.strictSame(pairs(await readDataset(join(folder, 'b.csv'))), expected)
  t.strictSame(pairs(await readDataset(join(folder, 'c.tsv'))), expected)
  await t.rejects(readDataset(join(folder, 'bad.csv')), {
    message: /bad\.csv:2: 3 cells where the first line names 2/,
  })
  await t.rejects(readDataset(join(folder, 'open.csv')), {
    message: /open\.csv:2: a double quote is not closed/,
  })
  await t.rejects(readDataset(join(folder, 'empty.csv')), { message: /has no problems/ })
})

const data = join(packageFolder, 'test/experiment/datasets/data')

t.test('parquet, as pyarrow writes it', async t => {
  const whole = await readDataset(join(data, 'int64-zstd.parquet'))
  t.strictSame(
    whole.problems.map(({ id, answer }) => [id, answer]),
    [
      ['2024-I-1', '42'],
      ['2024-I-2', '100000000000000003'],
    ],
    'whole numbers of 64 bits are exact',
  )
  t.equal(whole.name, 'int64-zstd')
  const lists = await readDataset(join(data, 'lists-snappy.parquet'))
  t.strictSame(
    lists.problems.map(({ answer }) => answer),
    ['B', 'C'],
  )
  t.match(lists.problems[0]?.problem, /^Which is even\?\n\nA\. 1\nB\. 2/)
  t.strictSame(pairs(await readDataset(join(data, 'chat-gzip.parquet'))), [['What is 1 + 1?', '2']])
  const folder = t.testdir()
  const bytes = readFileSync(join(data, 'int64-zstd.parquet'))
  writeFileSync(join(folder, 'cut.parquet'), bytes.subarray(0, bytes.length - 20))
  writeFileSync(join(folder, 'none.parquet'), 'hello')
  await t.rejects(readDataset(join(folder, 'cut.parquet')), {
    code: 'ERR_DATASET',
    message: /cannot be read as parquet/,
  })
  await t.rejects(readDataset(join(folder, 'none.parquet')), {
    code: 'ERR_DATASET',
    message: /no parquet file/,
  })
})

t.test('packed files, by their first bytes', async t => {
  const folder = t.testdir()
  const text = two.map(row => JSON.stringify(row)).join('\n')
  writeFileSync(join(folder, 'a.jsonl.gz'), gzipSync(text))
  writeFileSync(join(folder, 'b.csv.gz'), gzipSync('problem,answer\na,1\nb,2\n'))
  writeFileSync(join(folder, 'named-wrong.jsonl'), gzipSync(text))
  writeFileSync(join(folder, 'cut.jsonl.gz'), gzipSync(text).subarray(0, 20))
  for (const name of ['a.jsonl.gz', 'b.csv.gz', 'named-wrong.jsonl']) {
    t.strictSame(pairs(await readDataset(join(folder, name))), expected, name)
  }
  t.equal((await readDataset(join(folder, 'a.jsonl.gz'))).name, 'a')
  await t.rejects(readDataset(join(folder, 'cut.jsonl.gz')), { message: /cannot be unpacked/ })
  // a frame of zstd with the text as it is, written by hand: magic, header, one raw block
  const raw = Buffer.from(text)
  const block = Buffer.alloc(3)
  block.writeUIntLE((raw.length << 3) | 1, 0, 3)
  const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, raw.length]), block, raw])
  writeFileSync(join(folder, 'c.jsonl.zst'), frame)
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 15)) {
    t.strictSame(pairs(await readDataset(join(folder, 'c.jsonl.zst'))), expected)
  } else {
    await t.rejects(readDataset(join(folder, 'c.jsonl.zst')), {
      message: /packed with zstd, which Node .* does not have/,
    })
  }
})

t.test('rows without an answer are left out and said, or are errors', async t => {
  const rows = [
    ...two,
    { problem: 'c' },
    { problem: 'd', answer: null },
    { problem: ' ', answer: 1 },
  ]
  const text = rows.map(row => JSON.stringify(row)).join('\n')
  const { problems, notes } = parseDataset(text, 'data.jsonl')
  t.equal(problems.length, 2)
  t.match(notes, [
    /^3 of 5 rows are left out: data\.jsonl:3: "answer" is missing; the columns are problem; data\.jsonl:4/,
  ])
  t.throws(() => parseDataset(text, 'data.jsonl', { strict: true }), {
    code: 'ERR_DATASET',
    message: /^data\.jsonl:3: "answer" is missing/,
  })
  t.equal(parseDataset(JSON.stringify(two), 'x').notes, undefined, 'nothing to say')
})

t.test('what repeats is asked once, ids are told apart', async t => {
  const rows = [
    ...Array.from({ length: 32 }, () => ({ id: 'p', problem: 'a', answer: 1 })),
    { id: 'p', problem: 'b', answer: 2 },
    { id: 'p', problem: ' b', answer: 3 },
    { id: 'q', problem: 'c', answer: 2 },
  ]
  const { problems, notes } = parseDataset(JSON.stringify(rows), 'x')
  t.strictSame(
    problems.map(({ id, problem, answer }) => [id, problem, answer]),
    [
      ['p', 'a', '1'],
      ['p-2', 'b', '2'],
      ['q', 'c', '2'],
    ],
  )
  t.match(notes, [
    /^35 rows are 3 problems/,
    /^1 of them have other answers in other rows \(id p\)/,
    /^1 ids repeat/,
  ])
})

t.test('odd answers and control characters are said before a run', async t => {
  const sentence = 'He walks home because it is late and it rains.'
  const odd = parseDataset(JSON.stringify([{ problem: 'a', answer: sentence }]), 'x')
  t.match(odd.notes, [/1 of 1 expected answers look like sentences/])
  const formFeed = parseDataset('{"problem":"What is \\frac{1}{2}?","answer":"0.5"}', 'x')
  t.match(formFeed.notes, [
    /1 of 1 problems have control characters \(id 1\): a backslash that was not doubled/,
  ])
})

t.test('named data sets and files of a hub come from one function', async t => {
  const asked: unknown[] = []
  const fetch = async (file: unknown) => {
    asked.push(file)
    return { path: join(data, 'int64-zstd.parquet'), revision: 'c0ffee', sha256: 'ab' }
  }
  const named = await openDataset('aime24', {}, fetch)
  t.match(named, {
    name: 'aime24',
    source: { repo: 'HuggingFaceH4/aime_2024', revision: 'c0ffee', sha256: 'ab' },
  })
  t.match(named.prompt, /^\{problem\}\n\n.*\\boxed\{\}\.$/)
  const other = await openDataset('hf:some/set/data/a.parquet#v1', { strict: true }, fetch)
  t.match(other, { name: 'some/set/data/a.parquet', prompt: undefined })
  t.match(asked, [
    { repo: 'HuggingFaceH4/aime_2024', file: /parquet$/, revision: /^2fe88a2f/ },
    { repo: 'some/set', file: 'data/a.parquet', revision: 'v1' },
  ])
  t.strictSame(
    namedSources().map(({ name }) => name),
    ['aime24', 'aime25', 'math500', 'amc23', 'gsm8k'],
  )
})
