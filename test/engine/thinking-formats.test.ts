/** Thinking formats: how they are found, and that a model which reasons in another one gives what it gave. */

import { join } from 'node:path'
import t from 'tap'
import {
  findThinkingFormat,
  resolveThinking,
  thinkingFormats,
} from '../../dist/engine/thinking-formats.js'
import { openDataset, runExperiment, summaryContext } from '../../dist/experiment/index.js'
import {
  loadModel,
  type ModelOptions,
  ownAnswer,
  prune,
  scoreWith,
  segment,
  type TextTraceInput,
} from '../../dist/index.js'
import { reasonerPath, renamedModel } from '../support/reasoner.js'
import { tinyModel } from '../support/tiny-models.mjs'
import { chatTemplate, controlTokens, thinkTags } from '../support/tiny-vocabulary.mjs'

const none = async () => null
const vocabulary =
  (...tokens: readonly string[]) =>
  async (text: string) =>
    tokens.includes(text) ? tokens.indexOf(text) : null

t.test('a format is found by the template, then by the vocabulary, and an option wins', async t => {
  for (const format of thinkingFormats) {
    const template = `{{ x }}${format.open}…${format.close}`
    const { found, used } = await findThinkingFormat(null, template, none)
    t.match(found, { name: format.name, from: 'template', openToken: null, closeToken: null })
    t.equal(used, found)
  }
  const both = vocabulary('[THINK]', '[/THINK]')
  const byTokens = await findThinkingFormat(null, '{{ x }}', both)
  t.match(byTokens.found, { name: 'magistral', from: 'vocabulary', openToken: 0, closeToken: 1 })
  const half = await findThinkingFormat(null, null, vocabulary('<thought>'))
  t.equal(half.found, null)
  t.match(half.used, { name: 'think', close: '</think>' })
  const own = resolveThinking({ open: '<<', close: '>>' })
  t.match(await findThinkingFormat(own, '</think>', none), {
    found: { name: 'custom', from: 'option', opening: '<<\n', closing: '\n>>\n\n' },
  })
  t.equal(resolveThinking('harmony')?.name, 'harmony')
  t.equal(resolveThinking(undefined), null)
})

t.test('no tag is in a tag of a format that is looked for later', async t => {
  for (const [i, { close }] of thinkingFormats.entries()) {
    for (const later of thinkingFormats.slice(i + 1)) t.notOk(later.close.includes(close))
  }
})

t.test('a wrong format is named', async t => {
  const wrong: readonly [unknown, RegExp][] = [
    ['thinking', /options\.thinking must be one of 'harmony'/],
    [7, /options\.thinking/],
    [{ open: '<a>' }, /options\.thinking\.close/],
    [{ open: '<a>', close: '<a>' }, /another text than open/],
    [{ open: '<a>', close: 'a>' }, /another text than open/],
    [{ open: 'a>', close: '</a>' }, /another text than open/],
    [{ open: '<a>', close: '</a>', end: '' }, /options\.thinking\.end/],
  ]
  for (const [thinking, message] of wrong) {
    const options = { thinking } as unknown as ModelOptions
    await t.rejects(loadModel(tinyModel(), options), { message })
  }
})

/** What the reasoner makes of a problem that it can solve, all that a thinking format has a part in. */
const [solved] = (await openDataset('embedded')).problems

async function reasoning(path: string) {
  const model = await loadModel(path)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048 })
  const messages = [{ role: 'user', content: solved?.problem ?? '' }] as const
  const generation = session.generate(messages, { maxTokens: 1500 })
  const phases = { thinking: '', answer: '' }
  for await (const { phase, text } of generation) phases[phase] += text
  const trace = await generation.finish()
  const steps = segment(trace)
  const results = []
  for (const observer of ['think-end', 'think-clearly', 'traac'] as const) {
    const scored = await session.scoreSteps(steps, { observer })
    const pruned = prune(scored, { threshold: 0.3 })
    const { answer } = await session.evaluate(pruned)
    results.push({ scores: scored.scores, kept: pruned.kept, answer })
  }
  // cut before the end: the closing tag is written by us
  const cut = await session.generate(messages, { maxTokens: 90 }).finish()
  const whole = prune(await session.scoreSteps(segment(cut)), { threshold: 0 })
  const asked = await session.evaluate(whole)
  return {
    format: model.info.thinking,
    text: trace.text,
    asked: asked.text,
    same: {
      steps: steps.steps.map(({ text }) => text),
      own: ownAnswer(trace),
      thinking: trace.text.slice(trace.thinking.charStart, trace.thinking.charEnd),
      answer: phases.answer,
      results,
    },
  }
}

/** What each family calls the tokens of the reasoner, beside the tags. */
const turns: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  harmony: [
    ['<｜User｜>', '<|start|>user<|message|>'],
    ['<｜Assistant｜>', '<|start|>assistant'],
    ['<｜end▁of▁sentence｜>', '<|return|>'],
  ],
  gemma: [
    ['<｜User｜>', '<|turn>user'],
    ['<｜Assistant｜>', '<|turn>model'],
    ['<｜end▁of▁sentence｜>', '<turn|>'],
  ],
  cohere: [['<｜Assistant｜>', '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>']],
}

// The weights know six control tokens and no more, so that a tag of several tokens, as harmony's, is one token here whose
// text is the whole of it; the test behind this one has it as several, in a vocabulary of its own.
t.test('the reasoner in every format: the same steps, scores and answers', async t => {
  const original = await reasoning(reasonerPath)
  t.ok(original.same.steps.length > 2)
  t.equal(original.same.own.value, solved?.answer)
  const folder = t.testdir()
  for (const { name, open, close, closing } of thinkingFormats) {
    if (name === 'think') continue
    const renames = new Map([['<think>', open], ['</think>', close], ...(turns[name] ?? [])])
    const outcome = await reasoning(
      renamedModel(reasonerPath, join(folder, `${name}.gguf`), renames),
    )
    t.match(outcome.format, { name, from: 'template', open, close }, name)
    t.ok(outcome.text.includes(close) && outcome.same.answer !== '', name)
    t.notOk(outcome.same.answer.includes(close), name)
    t.strictSame(outcome.same, original.same, name)
    // white space of its own around the tag may change what is written behind a tag of ours
    const alike = closing.replace(close, '</think>') === '\n</think>\n\n'
    if (alike) t.equal(outcome.asked, original.asked, name)
    t.not(outcome.asked, '', name)
  }
})

t.test('harmony as its family writes it: each tag is several tokens', async t => {
  const names = [...controlTokens, ...thinkTags]
  const tokens = ['<|start|>', '<|channel|>', '<|message|>', '<|return|>', '<|end|>', '<|call|>']
  // the closing tag is in no single text of the family's template either
  const template = [
    "{% for m in messages %}{{ '<|start|>' + m.role + '<|message|>' + m.content + '<|end|>' }}",
    "{% endfor %}{% if false %}{{ '<|start|>assistant<|channel|>analysis<|message|>' }}",
    "{{ '<|start|>assistant<|channel|>final<|message|>' }}{% endif %}",
    "{% if add_generation_prompt %}{{ '<|start|>assistant' }}{% endif %}",
  ].join('')
  const renames = new Map(names.map((name, i) => [name, tokens[i] ?? '']))
  const path = renamedModel(tinyModel({ template }), join(t.testdir(), 'harmony.gguf'), renames)
  const model = await loadModel(path)
  t.teardown(() => model.close())
  const several = { openToken: null, closeToken: null }
  t.match(model.info.thinking, { name: 'harmony', from: 'template', ...several })

  const input = { thinking: 'One thought.\n\nAnother thought.', answer: 'It is 4.' }
  const trace = await model.traceOf({ messages: [{ role: 'user', content: 'hi' }], ...input })
  const text = (from: number, to: number) => trace.text.slice(from, to)
  const { thinking, answer } = trace
  t.equal(text(0, thinking.charStart), '<|channel|>analysis<|message|>')
  t.equal(text(thinking.charStart, thinking.charEnd), input.thinking)
  t.equal(
    text(thinking.charEnd, answer.charStart),
    '<|end|><|start|>assistant<|channel|>final<|message|>',
  )
  t.equal(text(answer.charStart, answer.charEnd), input.answer)
  const control = await model.tokenize('<|message|>', { parseSpecial: true })
  t.equal(control.length, 1)
  t.equal(trace.tokens[thinking.tokenStart - 1], control[0])
  t.equal(trace.tokens[answer.tokenStart - 1], control[0])
  t.strictSame(
    segment(trace).steps.map(step => step.text),
    ['One thought.', 'Another thought.'],
  )
  // where the trace was cut off, evaluation writes the same tokens
  const session = await model.createSession({ contextLength: 512 })
  const end = thinking.tokenEnd
  const nothing = { ...answer, tokenStart: end, tokenEnd: end }
  const cut = {
    ...trace,
    tokens: trace.tokens.slice(0, end),
    tokenEnds: trace.tokenEnds.slice(0, end),
    logprobs: trace.logprobs.slice(0, end),
    text: text(0, thinking.charEnd),
    answer: { ...nothing, charStart: thinking.charEnd, charEnd: thinking.charEnd },
  }
  const whole = prune(scoreWith(segment(cut), 'length'), { threshold: 0 })
  const evaluation = await session.evaluate(whole, { maxTokens: 1 })
  t.equal(evaluation.tokens.prompt, trace.prompt.tokens.length + answer.tokenStart)
})

t.test(
  'a model without a format is asked for its answer by a cue, and answers as its trace did',
  async t => {
    const musing = new Map([
      ['<think>', '<musing>'],
      ['</think>', '</musing>'],
    ])
    const path = renamedModel(reasonerPath, join(t.testdir(), 'musing.gguf'), musing)
    const model = await loadModel(path)
    t.teardown(() => model.close())
    t.equal(model.info.thinking, null)
    const session = await model.createSession({ contextLength: 2048 })
    const { problems } = await openDataset('embedded')
    let [solved, same] = [0, 0]
    for (const { problem, answer } of problems.slice(0, 5)) {
      const trace = await session
        .generate([{ role: 'user', content: problem }], { maxTokens: 1500 })
        .finish()
      if (ownAnswer(trace).value !== answer) continue
      solved++
      const whole = prune(scoreWith(segment(trace), 'length'), { threshold: 0 })
      const evaluations = []
      for (const mode of ['continue', 'evict'] as const) {
        evaluations.push(await session.evaluate(whole, { mode, maxTokens: 40 }))
      }
      t.match(evaluations[0]?.text, /^The final answer is \\boxed\{/)
      if (evaluations.every(evaluation => evaluation.answer.value === answer)) same++
      const { logprob } = await session.likelihood(whole, { text: `${answer}}` })
      t.ok(logprob > -2, `the right answer is likely behind the cue: ${logprob}`)
      const own = await session.evaluate(whole, { answerCue: '\n\nSo: \\boxed{', maxTokens: 8 })
      t.match(own.text, /^So: \\boxed\{/)
    }
    t.ok(solved >= 4, `${solved} of 5 are solved`)
    t.equal(same, solved)

    const dataset = { name: 'two', path: null, problems: problems.slice(0, 2) }
    const options = { session, dataset, methods: ['length'], thresholds: [0.3] } as const
    for await (const { thresholds } of runExperiment(options)) {
      for (const row of thresholds) t.equal(row.source, 'evaluation', 'all rows are asked alike')
    }
    t.equal(summaryContext(options).askAgain, true)
  },
)

t.test('a template that closes the thinking in the prompt leaves all to the answer', async t => {
  const template = chatTemplate('<｜Assistant｜><think>\\n\\n</think>\\n\\n')
  const model = await loadModel(tinyModel({ template }))
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 512 })
  const generation = session.generate([{ role: 'user', content: 'hi' }], { maxTokens: 20 })
  const phases = new Set<string>()
  for await (const { phase } of generation) phases.add(phase)
  const trace = await generation.finish()
  t.strictSame([...phases], ['answer'])
  t.match(trace.thinking, { tokenStart: 0, tokenEnd: 0, charStart: 0, charEnd: 0 })
  t.match(trace.answer, { tokenStart: 0, tokenEnd: trace.tokens.length, charStart: 0 })
  t.strictSame(segment(trace).steps, [])
})

t.test('templates that think only when the variable thinking is true are told to', async t => {
  const flag = "{{ '<think>' if thinking is defined and thinking else '</think>' }}"
  const template = `{{ messages[0]['content'] }}{% if add_generation_prompt %}${flag}{% endif %}`
  const model = await loadModel(tinyModel({ template }))
  t.teardown(() => model.close())
  const { text } = await model.renderChat([{ role: 'user', content: 'hi' }])
  t.equal(text, 'hi<think>')
})

/* ---- texts that are brought along --------------------------------------------------------- */

const question = [{ role: 'user', content: 'What is 40 + 2?' }] as const
const first = 'First I add forty and two.'
const second = 'So it is 42, I am sure.'
const boxed = 'It is \\boxed{42}.'

t.test('odd traces of text have the right steps and the right answer', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const cases: readonly (readonly [string, Omit<TextTraceInput, 'messages'>, readonly string[]])[] =
    [
      [
        'a closing tag behind the answer',
        { thinking: `${first}\n\n${second}`, answer: `${boxed}\n</think>` },
        [first, second],
      ],
      [
        'closing tags in a loop',
        {
          thinking: `${first}\n\n${second}`,
          answer: `${boxed}\n</think>\n\n${boxed}\n</think>\n\nIt is`,
        },
        [first, second],
      ],
      [
        'a second block, cut off',
        { thinking: first, answer: `${boxed}\n\n<think>\nMaybe \\boxed{80}, or` },
        [first],
      ],
      [
        'a quoted closing tag',
        { thinking: `The user wrote "</think>", odd.\n\n${first}\n\n${second}`, answer: boxed },
        ['The user wrote "</think>", odd.', first, second],
      ],
      [
        'brought with its tags',
        { thinking: `<think>\n${first}\n\n${second}\n</think>`, answer: boxed },
        [first, second],
      ],
      [
        'the token that ends a generation, quoted',
        { thinking: `It shows <｜end▁of▁sentence｜> there.\n\n${second}`, answer: boxed },
        ['It shows <｜end▁of▁sentence｜> there.', second],
      ],
      [
        'line breaks of Windows',
        { thinking: `${first}\r\n\r\n${second}`, answer: boxed },
        [first, second],
      ],
      [
        'blank lines with blanks',
        { thinking: `${first}\n \t\n${second}`, answer: boxed },
        [first, second],
      ],
      [
        'short Chinese paragraphs',
        { thinking: '先算四十加二。\n\n等于四十二。\n\n再检查一遍。', answer: boxed },
        ['先算四十加二。', '等于四十二。', '再检查一遍。'],
      ],
    ]
  for (const [name, input, expected] of cases) {
    const trace = await model.traceOf({ messages: question, ...input })
    const { steps } = segment(trace)
    t.strictSame(
      steps.map(({ text }) => text),
      expected,
      name,
    )
    t.equal(ownAnswer(trace).value, '42', name)
    const control = await model.tokenize('<｜end▁of▁sentence｜>', { parseSpecial: true })
    t.notOk(trace.tokens.includes(control[0] ?? -1), `${name}: no control token came in`)
  }
})
