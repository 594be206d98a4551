/** What a client sees of a generation: reasoning, then content, whatever way the text is cut into chunks. */

import t from 'tap'
import { type Delta, type DeltaOptions, Deltas } from '../../dist/chat/deltas.js'
import { mulberry32 } from '../support/random.mjs'

const tags = { open: '<think>', close: '</think>' }
const usual: DeltaOptions = { tags, promptEnd: 'opened', stops: [], mayCloseTwice: false }

interface Seen {
  readonly reasoning: string
  readonly content: string
  readonly state: string
  readonly deltas: readonly Delta[]
}

/** As the library hands text out: in pieces; thinking up to the end of the first closing tag. */
function run(text: string, sizes: () => number, options: DeltaOptions, cut = false): Seen {
  const deltas = new Deltas(options)
  const close = options.tags === null ? -1 : text.indexOf(options.tags.close)
  const border =
    options.promptEnd === 'closed' ? 0 : close === -1 ? text.length : close + tags.close.length
  const all: Delta[] = []
  for (let at = 0; at < text.length && !deltas.stopped; ) {
    const end = Math.min(text.length, at + sizes())
    for (const [from, to] of [
      [at, Math.min(end, border)],
      [Math.max(at, border), end],
    ] as const) {
      if (from < to) all.push(...deltas.push(text.slice(from, to), to <= border))
    }
    at = end
  }
  const { deltas: last, state } = deltas.end(cut)
  const { reasoning, content } = deltas
  return { reasoning, content, state, deltas: [...all, ...last] }
}

const cases: readonly (readonly [
  name: string,
  text: string,
  expected: Omit<Seen, 'deltas'>,
  options?: Partial<DeltaOptions>,
  cut?: boolean,
])[] = [
  [
    'closed',
    'One.\n\nTwo.\n</think>\n\nThree.',
    { reasoning: 'One.\n\nTwo.', content: 'Three.', state: 'closed' },
  ],
  [
    'cut in the thinking',
    'One.\n\nTw',
    { reasoning: 'One.\n\nTw', content: '', state: 'cut' },
    {},
    true,
  ],
  [
    'cut in the answer',
    'One.</think>Tw',
    { reasoning: 'One.', content: 'Tw', state: 'closed' },
    {},
    true,
  ],
  ['ended by itself', ' One. ', { reasoning: '', content: 'One.', state: 'unclosed' }],
  [
    'opened by the model',
    '\n<think>\nOne.</think>Two.',
    { reasoning: 'One.', content: 'Two.', state: 'closed' },
    { promptEnd: 'neither' },
  ],
  [
    'never opened',
    'Two.',
    { reasoning: '', content: 'Two.', state: 'plain' },
    { promptEnd: 'neither' },
  ],
  [
    'a beginning of a tag is no tag',
    '<thin ice',
    { reasoning: '', content: '<thin ice', state: 'plain' },
    { promptEnd: 'neither' },
  ],
  [
    'closed by the prompt',
    '\n\nTwo.',
    { reasoning: '', content: 'Two.', state: 'plain' },
    { promptEnd: 'closed' },
  ],
  ['no format', ' Two.', { reasoning: '', content: ' Two.', state: 'plain' }, { tags: null }],
  [
    'stops act on the answer alone',
    'A STOP.</think>Two STOP three',
    { reasoning: 'A STOP.', content: 'Two ', state: 'closed' },
    { stops: ['STOP'] },
  ],
  [
    'a beginning of a stop string is text',
    'A.</think>Two STO',
    { reasoning: 'A.', content: 'Two STO', state: 'closed' },
    { stops: ['STOP'] },
  ],
  [
    'the first of two stop strings',
    'A.</think>xx.yy.z',
    { reasoning: 'A.', content: 'xx', state: 'closed' },
    { stops: ['y.', '.y'] },
  ],
  [
    'a second closing tag',
    'A.\n</think>\n\n\n</think>\n\nTwo.',
    { reasoning: 'A.', content: 'Two.', state: 'closed' },
    { mayCloseTwice: true },
  ],
  [
    'a second closing tag behind more thoughts',
    'A.</think> B.\n</think>\n\nTwo.',
    { reasoning: 'A.', content: 'B.\n\nTwo.', state: 'closed' },
    { mayCloseTwice: true },
  ],
  [
    'a quoted tag',
    'A.</think>Write </think> there.',
    { reasoning: 'A.', content: 'Write </think> there.', state: 'closed' },
  ],
]

for (const [name, text, expected, options = {}, cut = false] of cases) {
  t.test(name, async t => {
    const random = mulberry32(7)
    const all = { ...usual, ...options }
    const cuts = [
      () => 1,
      () => 1e6,
      ...Array.from({ length: 20 }, () => () => 1 + random.integer(9)),
    ]
    for (const sizes of cuts) {
      const { deltas, ...seen } = run(text, sizes, all, cut)
      t.strictSame(seen, expected)
      const told = (kind: Delta['kind']) =>
        deltas
          .filter(delta => delta.kind === kind)
          .map(delta => delta.text)
          .join('')
      t.equal(told('content'), expected.content, 'a stream has the same')
      const kinds = deltas.map(({ kind }) => kind).join()
      t.match(kinds, /^(reasoning,?)*(content,?)*$/, 'never one after the other again')
    }
  })
}
