/** Where a thinking that is being written may be told to stop. */

import t from 'tap'
import { BudgetWatch } from '../../dist/generate/budget.js'
import { StepEnds } from '../../dist/generate/step-end.js'

/** A token a word, white space behind it; which of them end a step. */
function ends(text: string): number[] {
  const steps = new StepEnds()
  const pieces = text.match(/\S+\s*/g) ?? []
  return pieces.flatMap((piece, i) => {
    steps.push(piece)
    return steps.atEnd ? [i] : []
  })
}

t.test('behind a paragraph; a line or a sentence where there is nothing longer', async t => {
  t.strictSame(ends('One two. Three is 3.14 or 3. Four five! "Six."'), [1, 8, 9])
  t.strictSame(ends('One. Two.\nThree. Four\nfive'), [0, 1, 3])
  t.strictSame(ends('One. Two\nThree\n\nFour. Five\nsix\n \nseven'), [0, 1, 2, 5])
  t.strictSame(ends('一二。三四。'), [0])
})

t.test('the longest step is of the kind that counts', async t => {
  const steps = new StepEnds()
  for (const piece of ['A ', 'b. ', 'C ', 'd ', 'e.\n\n', 'f.\n\n']) steps.push(piece)
  t.equal(steps.longest, 5)
})

t.test('closed where one more step would not fit, and at the budget at the latest', async t => {
  const pieces =
    'One two.\n\nThree four five.\n\nSix seven.\n\nEight nine ten eleven twelve.\n\n'.match(
      /\S+\s*/g,
    )
  const written = (length: number) => ({
    thinking: true,
    length,
    piece: (token: number) => pieces?.[token] ?? '',
  })
  const closedAt = (tokens: number, atStep = true) => {
    const watch = new BudgetWatch({ tokens, atStep, message: '' })
    for (let length = 1; ; length++) {
      if (watch.isUsedUp(written(length))) return length
      t.ok(watch.until(written(length)) >= 1)
    }
  }
  t.equal(closedAt(9), 7, 'behind seven: three more words would be ten')
  t.equal(closedAt(7), 5)
  t.equal(closedAt(11), 11, 'a step longer than all before')
  t.equal(closedAt(9, false), 9)
  t.equal(closedAt(1), 1)
})
