// @ts-check
/** Tokens to read, of an exact number: the same for all peers. */
import { loadModel } from '../../dist/index.js'

const numbers = ['two', 'three', 'five', 'seven', 'eleven', 'thirteen', 'seventeen']

/** @param {number} index */
function step(index) {
  const [a, b] = [numbers[index % 7], numbers[(3 * index + 1) % 7]]
  return `Step ${index + 1}. The box holds ${a} red balls and ${b} blue ones, so I add them and keep the sum in mind. Then I check it: taking ${a} away has to leave ${b}.\n\n`
}

/**
 * @param {string} path of a GGUF file
 * @param {number} length
 */
export async function inputOf(path, length) {
  const model = await loadModel(path)
  /** @type {number[]} */
  const tokens = await model.tokenize('', { addSpecial: true })
  for (let index = 0; tokens.length < length; index++) {
    tokens.push(...(await model.tokenize(step(index))))
  }
  await model.close()
  return tokens.slice(0, length)
}
