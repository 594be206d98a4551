/** Rows as public data sets have them, a test for each shape; what is made up here has their columns and none of their texts. */

import t from 'tap'
import { shapes } from '../../../dist/experiment/datasets/shapes.js'
import { type DatasetOptions, type Problem, parseDataset } from '../../../dist/experiment/index.js'

const one = (row: object, options: DatasetOptions = {}): Problem | undefined =>
  parseDataset(JSON.stringify([row]), 'x', options).problems[0]

/** [shape, row, problem, answer] */
const rows: readonly (readonly [string, object, string, string])[] = [
  [
    'chat with a reward (verl, DAPO)',
    {
      data_source: 'd',
      prompt: [{ role: 'user', content: 'p' }],
      reward_model: { ground_truth: '34', style: 'rule' },
    },
    'p',
    '34',
  ],
  [
    'chat with a reward (verl, DAPO)',
    { prompt: 'p', solution: '34', reward_model: { ground_truth: '34' } },
    'p',
    '34',
  ],
  [
    'chat in the prompt',
    {
      prompt: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'p' },
      ],
      answer: '5',
    },
    'p',
    '5',
  ],
  [
    'GPQA',
    {
      Question: 'q',
      'Correct Answer': 'x ',
      'Incorrect Answer 1': 'y',
      'Incorrect Answer 2': 'z',
      'Incorrect Answer 3': 'w',
    },
    'q\n\nA. w\nB. z\nC. y\nD. x',
    'D',
  ],
  [
    'AQuA',
    { question: 'q', options: ['A)21', 'B)21.5', 'C)22'], rationale: 'r', correct: 'B' },
    'q\n\nA. 21\nB. 21.5\nC. 22',
    'B',
  ],
  [
    'MathQA',
    { Problem: 'q', Rationale: 'r', options: 'a ) 38 , b ) 27.675 , c ) 30', correct: 'a' },
    'q\n\nA. 38\nB. 27.675\nC. 30',
    'A',
  ],
  [
    'ARC, CommonsenseQA',
    { id: '1', question: 'q', choices: { text: ['a1', 'a2'], label: ['1', '2'] }, answerKey: '2' },
    'q\n\nA. a1\nB. a2',
    'B',
  ],
  [
    'MMLU',
    { question: 'q', subject: 's', choices: ['0', '4', '2', '6'], answer: 1 },
    'q\n\nA. 0\nB. 4\nC. 2\nD. 6',
    'B',
  ],
  [
    'MMLU-Pro',
    { question: 'q', options: ['no', 'yes'], answer: 'B', answer_index: 1 },
    'q\n\nA. no\nB. yes',
    'B',
  ],
  [
    'SVAMP, ASDiv',
    { ID: 'c-1', Body: 'Tom has 3.', Question: 'How many?', Answer: 3.0 },
    'Tom has 3. How many?',
    '3',
  ],
  ['SVAMP, ASDiv', { Body: 'B.', Question: 'Q?', Answer: '9 (apples)' }, 'B. Q?', '9 (apples)'],
  ['Alpaca', { instruction: 'Add.', input: '1 + 1', output: '2' }, 'Add.\n\n1 + 1', '2'],
  [
    'messages',
    {
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'p' },
        { role: 'assistant', content: 'So \\boxed{7}.' },
      ],
    },
    'p',
    '7',
  ],
  [
    'conversations',
    {
      conversations: [
        { from: 'human', value: 'p' },
        { from: 'gpt', value: 'So \\boxed{7}.' },
      ],
    },
    'p',
    '7',
  ],
  [
    'a problem and an answer',
    { question: 'p', answer: 'Tom has 3 * 24 = <<3*24=72>>72.\n#### 72' },
    'p',
    '72',
  ],
  [
    'a problem and an answer',
    { problem: 'p', solution: 'First 3, so $\\boxed{204}$.', url: 'u' },
    'p',
    '204',
  ],
  ['a problem and an answer', { problem: 'p', solution: '\\boxed{204}' }, 'p', '204'],
  ['a problem and an answer', { prompt: 'p', solution: '34' }, 'p', '34'],
  [
    'a problem and an answer',
    { problem: 'p', level: 'Level 5', type: 'Algebra', solution: 'so $x=\\boxed{\\frac{1}{2}}$' },
    'p',
    '\\frac{1}{2}',
  ],
  ['a problem and an answer', { problem: '', question: 'p', answer: '1' }, 'p', '1'],
  ['a problem and an answer', { input: 'p', target: '(B)' }, 'p', '(B)'],
  ['a problem and an answer', { input: 'p', output: '12' }, 'p', '12'],
  ['a problem and an answer', { question: 'p', answer: null, answer_number: 18 }, 'p', '18'],
  [
    'a problem and an answer',
    { question: 'p', answer: 'Because it is so, and so on, at length.', final_answer: '5' },
    'p',
    '5',
  ],
  ['a problem and an answer', { question: 'p', final_answer: ['2'] }, 'p', '2'],
  ['a problem and an answer', { question: 'p', ground_truth: 'x+1' }, 'p', 'x+1'],
  ['a problem and an answer', { sQuestion: 'p', lSolutions: [8.0] }, 'p', '8'],
  [
    'a problem and an answer',
    { ID: '2024-I-1', Problem: 'p', Solution: 's', Answer: 204 },
    'p',
    '204',
  ],
]

t.test('what each shape makes of a row', async t => {
  for (const [shape, row, problem, answer] of rows) {
    t.match(one(row), { problem, answer }, `${shape}: ${JSON.stringify(row).slice(0, 80)}`)
  }
})

t.test('each shape of the table has a row here', async t => {
  const tested = new Set(rows.map(([shape]) => shape))
  t.strictSame(
    shapes.map(({ name }) => name).filter(name => !tested.has(name)),
    [],
  )
})

t.test('system turns of a conversation', async t => {
  const turns = [
    { role: 'system', content: 's' },
    { role: 'user', content: 'p' },
  ]
  t.equal(one({ prompt: turns, answer: 1 })?.system, 's')
  t.equal(one({ messages: turns, answer: 1 })?.system, 's')
})

t.test('choices: letter, index or text, and the same order every time', async t => {
  const question = { question: 'q', choices: ['x', 'y', 'z'] }
  for (const [answer, letter] of [
    ['C', 'C'],
    [2, 'C'],
    ['2', 'C'],
    ['z', 'C'],
    ['(c)', 'C'],
  ] as const) {
    t.equal(one({ ...question, answer })?.answer, letter, String(answer))
  }
  // an index is an index, though a choice reads like it
  t.equal(one({ question: 'q', choices: ['1', '2', '3'], answer: 1 })?.answer, 'B')
  t.equal(one({ question: 'q', choices: ['1', '2', '3'], answer: '1' })?.answer, 'A')
  t.throws(() => one({ ...question, answer: 7 }), { message: /names none of the choices/ })
  const gpqa = { Question: 'Where?', 'Correct Answer': 'here', 'Incorrect Answer 1': 'there' }
  t.strictSame(one(gpqa), one(gpqa))
})

t.test('an answer, whatever it is wrapped in', async t => {
  const cells: readonly (readonly [unknown, string])[] = [
    ['\\boxed{33}', '33'],
    ['$\\boxed{33}$', '33'],
    ['The answer is 33.', '33'],
    ["['70']", '70'],
    ['["70"]', '70'],
    ['[70]', '70'],
    [['70'], '70'],
    [[70], '70'],
    ['[1, 2]', '[1, 2]'],
    [{ value: '5' }, '5'],
    ['2 (apples)', '2 (apples)'],
    ['$35', '35'],
    ['033', '33'],
    [142.0, '142'],
    ['Yes', 'Yes'],
    [true, 'true'],
    ['x = 5', 'x = 5'],
  ]
  for (const [cell, answer] of cells) {
    t.equal(one({ problem: 'p', answer: cell })?.answer, answer, JSON.stringify(cell))
  }
})

t.test('several answers: all of them, or any', async t => {
  const row = { problem: 'p', final_answer: ['1', '2'] }
  t.match(one(row), { answer: '1, 2', alternatives: undefined })
  t.match(one(row, { answers: 'any' }), { answer: '1', alternatives: ['2'] })
  t.match(one({ problem: 'p', answer: "['1', '2']" }), { answer: '1, 2' })
  const { notes } = parseDataset(JSON.stringify([row]), 'x')
  t.match(notes, [/1 rows have several answers: all are asked for together/])
})

t.test('columns that nobody knows, by name and in any case', async t => {
  const row = { Aufgabe: 'p', Lösung: '5', answer: 'x', Nr: 7, Art: 'k', Rolle: 's' }
  const columns = { problem: 'aufgabe', answer: 'lösung', id: 'Nr', kind: 'Art', system: 'Rolle' }
  t.match(one(row, { columns }), { id: '7', problem: 'p', answer: '5', kind: 'k', system: 's' })
  t.match(one({ problem: 'p', answer: 'long', key: '5' }, { columns: { answer: 'key' } }), {
    problem: 'p',
    answer: '5',
  })
  t.throws(() => one(row, { columns: { problem: 'frage' } }), {
    code: 'ERR_DATASET',
    message: /no column "frage": the columns are aufgabe, lösung/,
  })
  for (const options of [
    { columns: { answr: 'x' } },
    { columns: 'x' },
    { answers: 'some' },
    { strict: 1 },
    { column: {} },
  ]) {
    t.throws(
      () => Reflect.apply(parseDataset, null, ['[]', 'x', options]),
      TypeError,
      JSON.stringify(options),
    )
  }
})
