// @ts-check
/** A byte-level BPE vocabulary and chat templates, made for tests; token id b is byte b. */
import { array, bool, string, u32 } from './gguf.mjs'

/** @typedef {import('./gguf.d.mts').GgufValue} GgufValue */
/** @typedef {import('./tiny-vocabulary.d.mts').TinyVocabulary} TinyVocabulary */

const bos = '<｜begin▁of▁sentence｜>'
const eos = '<｜end▁of▁sentence｜>'
const user = '<｜User｜>'
const assistant = '<｜Assistant｜>'

export const controlTokens = [bos, user, assistant, eos]
export const thinkTags = ['<think>', '</think>']

/** In order of rank; what they make is in the vocabulary behind the bytes. */
const merges = ['Ċ Ċ', 't h', 'th e', 'Ġ the', 'i n', 'e r', 'Ġ a', 'o n', '. ĊĊ']

const tokenTypes = { normal: 1, control: 3, userDefined: 4 }

/**
 * GPT-2's printable symbol of each byte.
 * @returns {string[]}
 */
function byteSymbols() {
  const symbols = []
  let next = 256
  for (let byte = 0; byte < 256; byte++) {
    const printable =
      (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255)
    symbols.push(String.fromCodePoint(printable ? byte : next++))
  }
  return symbols
}

/**
 * Unique words that no merge makes: only a model can write them, a tokenizer never does.
 * @param {number} count
 */
function fillerWords(count) {
  return Array.from({ length: count }, (_, i) => `Ġw${i.toString(36)}`)
}

/** @type {typeof import('./tiny-vocabulary.d.mts').tinyVocabulary} */
export function tinyVocabulary(size) {
  const plain = [...byteSymbols(), ...merges.map(merge => merge.replace(' ', ''))]
  const special = [...controlTokens, ...thinkTags]
  const smallest = plain.length + special.length
  if (size !== undefined && size < smallest) {
    throw new RangeError(`A vocabulary needs at least ${smallest} tokens, not ${size}`)
  }
  const filler = fillerWords((size ?? smallest) - smallest)
  const tokens = [...plain, ...special, ...filler]
  const types = [
    ...plain.map(() => tokenTypes.normal),
    ...controlTokens.map(() => tokenTypes.control),
    ...thinkTags.map(() => tokenTypes.userDefined),
    ...filler.map(() => tokenTypes.normal),
  ]
  return { tokens, types, merges }
}

/** @type {typeof import('./tiny-vocabulary.d.mts').vocabularyMetadata} */
export function vocabularyMetadata(vocabulary, template) {
  /** @type {Record<string, GgufValue>} */
  const metadata = {
    'tokenizer.ggml.model': string('gpt2'),
    'tokenizer.ggml.pre': string('qwen2'),
    'tokenizer.ggml.tokens': array('string', vocabulary.tokens),
    'tokenizer.ggml.token_type': array('i32', vocabulary.types),
    'tokenizer.ggml.merges': array('string', vocabulary.merges),
    'tokenizer.ggml.bos_token_id': u32(vocabulary.tokens.indexOf(bos)),
    'tokenizer.ggml.eos_token_id': u32(vocabulary.tokens.indexOf(eos)),
    'tokenizer.ggml.add_bos_token': bool(false),
  }
  if (template !== null) metadata['tokenizer.chat_template'] = string(template)
  return metadata
}

/** @type {typeof import('./tiny-vocabulary.d.mts').chatTemplate} */
export function chatTemplate(generationPrompt) {
  return [
    '{{ bos_token }}',
    "{%- for message in messages if message['role'] == 'system' %}{{ message['content'] }}",
    '{%- endfor %}',
    '{%- for message in messages %}',
    `{%- if message['role'] == 'user' %}{{ '${user}' + message['content'] }}`,
    "{%- elif message['role'] == 'assistant' %}",
    `{{- '${assistant}' + message['content'].split('</think>')[-1] + '${eos}' }}`,
    '{%- endif %}{%- endfor %}',
    `{%- if add_generation_prompt %}{{ '${generationPrompt}' }}{%- endif %}`,
  ].join('')
}

/** @type {typeof import('./tiny-vocabulary.d.mts').templates} */
export const templates = {
  think: chatTemplate(`${assistant}<think>\\n`),
  plain: chatTemplate(assistant),
}
