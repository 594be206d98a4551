/** Data sets by a name on a hub: fetched once, recorded, and told apart where a name could mean several files. */

import t from 'tap'
import { openDataset } from '../../../dist/experiment/index.js'
import { hubVariables } from '../../support/hub-options.js'
import { MockHub, sha256 } from '../../support/mock-hub.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const rows = bytesOf('{"problem":"1+1?","answer":"2"}\n{"problem":"2+2?","answer":"4"}\n')

const mock = await MockHub.start()
t.teardown(() => mock.stop())
const commit = mock.add(
  'maker/one',
  { 'data/test.jsonl': rows, 'README.md': bytesOf('# one\n') },
  { type: 'dataset', small: ['data/test.jsonl', 'README.md'] },
)
mock.add(
  'maker/two',
  { 'train.csv': bytesOf('problem,answer\n1+2?,3\n'), 'test.csv': bytesOf('problem,answer\n') },
  { type: 'dataset', small: ['train.csv', 'test.csv'] },
)
mock.add(
  'maker/none',
  { 'README.md': bytesOf('# none\n') },
  { type: 'dataset', small: ['README.md'] },
)
const before = { ...process.env }
Object.assign(process.env, hubVariables(mock.url, t.testdir({})))
t.teardown(() => {
  process.env = before
})

t.test('a file by its name, and the only one of a repository', async t => {
  for (const name of [
    'hf:maker/one/data/test.jsonl',
    'hf:maker/one',
    'hf:datasets/maker/one#main',
  ]) {
    const dataset = await openDataset(name)
    t.strictSame(
      dataset.problems.map(({ problem, answer }) => [problem, answer]),
      [
        ['1+1?', '2'],
        ['2+2?', '4'],
      ],
    )
    t.equal(dataset.name, 'maker/one/data/test.jsonl')
    t.strictSame(dataset.source, {
      repo: 'maker/one',
      file: 'data/test.jsonl',
      revision: commit,
      sha256: sha256(rows),
    })
  }
  t.equal(mock.downloads.length, 1, 'fetched once')
})

t.test('of several files, or none, it is said which there are', async t => {
  await t.rejects(openDataset('hf:maker/two'), {
    code: 'ERR_DATASET',
    message: /hf:maker\/two\/FILE: there are (train\.csv, test\.csv|test\.csv, train\.csv)/,
  })
  await t.rejects(openDataset('hf:maker/none'), {
    code: 'ERR_DATASET',
    message: /none that can be/,
  })
  await t.rejects(openDataset('hf:maker/one/none.csv'), { code: 'ERR_HUB_NOT_FOUND' })
  const [problem] = (await openDataset('hf:maker/two/train.csv')).problems
  t.match(problem, { problem: '1+2?', answer: '3' })
})
