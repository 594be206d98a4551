/** Problems with choices: the choices are a part of the question, and the answer is a letter. Pure. */

import { parseJson } from '../../base/json.js'
import { randomNumbers } from '../../base/random.js'
import { plainText } from './dataset-fault.js'

const letters = 'ABCDEFGHIJ'

/** Choices as a list, as `{text, label}`, or as one text: `a ) 38 , b ) 27`. Null where they are none. */
export function choicesOf(value: unknown): readonly string[] | null {
  if (Array.isArray(value)) return checked(value.map(choice => withoutLetter(plainText(choice))))
  if (typeof value === 'string') return checked(choicesInText(value))
  if (typeof value === 'object' && value !== null && 'text' in value) return choicesOf(value.text)
  return null
}

const checked = (choices: readonly string[]): readonly string[] | null =>
  choices.length > 1 && choices.length <= letters.length ? choices : null

/** `A)21`, `(B) 22`, `C. 23`. */
const withoutLetter = (choice: string): string =>
  choice.replace(/^\s*\(?[A-Ja-j]\s?[).:]\s*/, '').trim()

function choicesInText(text: string): string[] {
  const parsed = /^\s*\[/.test(text) ? listIn(text) : null
  if (parsed !== null) return parsed.map(withoutLetter)
  const parts = text
    .split(/(?:^|[,;\n\s])\s*\(?[a-jA-J]\s?\)\s*/)
    .map(part => part.replace(/[,;\s]+$/, '').trim())
  return parts.filter(part => part !== '')
}

function listIn(text: string): string[] | null {
  try {
    const list = parseJson(text)
    return Array.isArray(list) ? list.map(plainText) : null
  } catch {
    return null
  }
}

export const withChoices = (question: string, choices: readonly string[]): string =>
  [question.trim(), '', ...choices.map((choice, i) => `${letters[i]}. ${choice}`)].join('\n')

/**
 * The letter of a choice by its index (a number, from 0), its label, its letter or its text; null where it is none of
 * them.
 */
export function letterOf(
  value: unknown,
  choices: readonly string[],
  labels: readonly string[] = [],
): string | null {
  const place = placeOf(value, choices, labels)
  return place >= 0 && place < choices.length ? (letters[place] ?? null) : null
}

function placeOf(value: unknown, choices: readonly string[], labels: readonly string[]): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  const text = plainText(value ?? '').trim()
  if (labels.includes(text)) return labels.indexOf(text)
  const [, letter] = /^\(?([A-Ja-j])\)?[.:]?$/.exec(text) ?? []
  if (letter !== undefined) return letters.indexOf(letter.toUpperCase())
  if (choices.includes(text)) return choices.indexOf(text)
  return /^\d$/.test(text) ? Number(text) : -1
}

/** The same order for the same question, so that the right one is not always the first. */
export function shuffled(choices: readonly string[], question: string): readonly string[] {
  let seed = 0
  for (const character of question)
    seed = (Math.imul(seed, 31) + (character.codePointAt(0) ?? 0)) >>> 0
  const draws = randomNumbers(choices.length, seed)
  return choices
    .map((choice, i) => ({ choice, draw: draws[i] ?? 0 }))
    .sort((a, b) => a.draw - b.draw)
    .map(({ choice }) => choice)
}
