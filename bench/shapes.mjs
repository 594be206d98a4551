// @ts-check
/** The models that are measured, and inputs of an exact number of tokens for them. */
import { shapeModel, tinyModel } from '../test/support/tiny-models.mjs'

/** @typedef {import('../types/public.d.ts').HeadRef} HeadRef */
/** @typedef {import('../types/public.d.ts').Trace} Trace */
/** @typedef {'small' | 'embedded' | '0.5B' | '1.5B' | '7B'} ShapeName */

const small = /** @type {const} */ ({
  layers: 4,
  heads: 2,
  kvHeads: 1,
  headDim: 32,
  embedding: 64,
  ff: 128,
  context: 65536,
  type: 'Q4_0',
})

/** @type {Record<ShapeName, { layers: number, heads: number, path: () => string }>} */
const shapes = {
  // of the cost curves: little else than attention, so that 32,768 tokens are read in a minute
  small: { layers: 4, heads: 2, path: () => tinyModel(small) },
  embedded: { layers: 6, heads: 8, path: () => shapeModel('embedded', { context: 32768 }) },
  '0.5B': { layers: 24, heads: 14, path: () => shapeModel('0.5B') },
  '1.5B': { layers: 28, heads: 12, path: () => shapeModel('1.5B') },
  '7B': { layers: 28, heads: 28, path: () => shapeModel('7B') },
}

/** @param {ShapeName} name */
export const shapePath = name => shapes[name].path()

/**
 * Two heads in each of four layers that are spread over the model.
 * @param {ShapeName} name
 * @returns {HeadRef[]}
 */
export function eightHeads(name) {
  const { layers, heads } = shapes[name]
  return [1, 3, 5, 7].flatMap(eighth => {
    const layer = Math.floor((eighth * layers) / 8)
    return [
      { layer, head: 0 },
      { layer, head: heads >> 1 },
    ]
  })
}

/**
 * Text of `length` tokens: in the vocabulary of these models a capital letter is one token. Texts
 * with another salt differ from the first character on, so that no cache has a prefix of them.
 * @param {number} length
 * @param {number} [salt]
 */
export function capitals(length, salt = 0) {
  return Array.from({ length }, (_, i) => {
    const letter = 65 + ((salt + i * 7 + (i >> 5) * 3) % 26)
    return i % 8 === 7 ? ' ' : String.fromCharCode(letter)
  }).join('')
}

const stepLength = 96
const promptLength = 64
const blankLine = { text: '\n\n', token: 256 }

/**
 * Tokens of steps of 96 characters with blank lines between them.
 * @param {number} length
 * @param {number} salt
 */
function steps(length, salt) {
  const letters = capitals(length, salt)
  const parts = Array.from(letters, (letter, i) =>
    i % (stepLength + 1) === stepLength ? blankLine.text : letter,
  )
  let end = 0
  return {
    text: parts.join(''),
    tokens: parts.map(part => (part === blankLine.text ? blankLine.token : part.charCodeAt(0))),
    tokenEnds: parts.map(part => {
      end += part.length
      return end
    }),
  }
}

/**
 * A trace as if read from a file, of `length` tokens with its prompt.
 * @param {Trace} like a trace of the same model
 * @param {number} length
 * @param {number} salt
 * @returns {Trace}
 */
export function madeTrace(like, length, salt) {
  const prompt = capitals(promptLength, salt)
  const body = steps(length - promptLength, salt + 1)
  const ends = { tokenEnd: body.tokens.length, charEnd: body.text.length }
  return {
    ...like,
    ...body,
    messages: null,
    prompt: { text: prompt, tokens: Array.from(prompt, letter => letter.charCodeAt(0)) },
    logprobs: body.tokens.map(() => -1),
    thinking: { tokenStart: 0, charStart: 0, ...ends },
    answer: { tokenStart: ends.tokenEnd, charStart: ends.charEnd, ...ends },
    finish: 'length',
  }
}
