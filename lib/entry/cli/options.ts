/** Parsers of option values: what is wrong with one is a usage error, not a run error. */

import { existsSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import type {
  CutPoint,
  JsonValue,
  TemplateArguments,
  ThinkingFormatName,
} from '../../../types/public.js'
import { datasetNames } from '../../experiment/datasets/index.js'
import type { Columns } from '../../experiment/datasets/types.js'
import {
  type InFlightMethodName,
  inFlightMethodNames,
  type MethodName,
  methodNames,
} from '../../experiment/run/names.js'
import type { Shard } from '../../experiment/run/types.js'
import { type StudyPart, studyPartNames } from '../../experiment/study/whole/part-names.js'

/** The formats by name; a missing one does not compile. */
const formatNames = Object.keys({
  think: true,
  harmony: true,
  gemma: true,
  magistral: true,
  cohere: true,
  seed: true,
  thought: true,
  reasoning: true,
} satisfies Record<ThinkingFormatName, true>) as readonly ThinkingFormatName[]

/** What `--model` and `--dataset` call what is in the package. */
export const embeddedName = 'embedded'

/** A parser for whole numbers of [min, max]. */
export function wholeNumber(min: number, max = 2 ** 31 - 1): (text: string) => number {
  return text => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}

/** A parser for numbers of [min, max]. */
export function decimal(min: number, max: number): (text: string) => number {
  return text => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`)
  }
}

/** `2/5`: the second of five parts. */
export function shardOf(text: string): Shard {
  const [, index = 0, count = 0] = /^(\d{1,9})\/(\d{1,9})$/.exec(text)?.map(Number) ?? []
  if (index >= 1 && index <= count) return { index, count }
  throw new InvalidArgumentError('It must be two whole numbers, as in 1/4 to 4/4.')
}

/** The name of a format, or the tags of one's own: `OPEN,CLOSE`. */
export function thinkingOf(text: string): ThinkingFormatName | { open: string; close: string } {
  const name = formatNames.find(known => known === text)
  if (name !== undefined) return name
  const [open, close, ...more] = text.split(',')
  if (open && close && more.length === 0) return { open, close }
  throw new InvalidArgumentError(`It must be one of ${formatNames.join(', ')}, or OPEN,CLOSE.`)
}

/** Names of methods, separated by commas. */
export const methodList = (text: string): readonly MethodName[] => namesOf(text, methodNames)

/** The same of `in-flight`, which has some of its own. */
export const inFlightMethodList = (text: string): readonly InFlightMethodName[] =>
  namesOf(text, inFlightMethodNames)

/** Names of parts of a study, separated by commas. */
export const partList = (text: string): readonly StudyPart[] => namesOf(text, studyPartNames)

function namesOf<T extends string>(text: string, names: readonly T[]): readonly T[] {
  return text.split(',').map(part => {
    const name = names.find(known => known === part.trim())
    if (name !== undefined) return name
    throw new InvalidArgumentError(`There is no "${part.trim()}": give ${names.join(', ')}.`)
  })
}

/** A parser for what another one reads, several times, separated by commas; none twice. */
export function listOf<T>(parse: (text: string) => T): (text: string) => readonly T[] {
  return text => [...new Set(text.split(',').map(part => parse(part.trim())))]
}

/** Numbers from 0 to 1, separated by commas. */
export function thresholdList(text: string): readonly number[] {
  return text.split(',').map(part => {
    const value = part.trim() === '' ? Number.NaN : Number(part)
    if (value >= 0 && value <= 1) return value
    throw new InvalidArgumentError('It must be numbers from 0 to 1 with commas, as in 0,0.1,0.5.')
  })
}

/** Where to cut: `answer`, so many steps (`2`), or a share of the thinking (`0.5`). */
export function cutPoint(text: string): CutPoint {
  if (text === 'answer') return 'before-answer'
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (/^\d+$/.test(text)) return { steps: value }
  if (value > 0 && value < 1) return { share: value }
  throw new InvalidArgumentError(
    'It must be answer, a whole number of steps, or a share between 0 and 1.',
  )
}

/** `key=value` of a chat template, once for each; the value is JSON, else text. */
export function templateArgument(text: string, before: TemplateArguments = {}): TemplateArguments {
  const [, key, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined) {
    throw new InvalidArgumentError('It must be KEY=VALUE, as in enable_thinking=false.')
  }
  return { ...before, [key]: jsonOr(value) }
}

function jsonOr(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text)
    return value
  } catch {
    return text
  }
}

/** The name of a built-in data set, or something that is meant as a file. */
export function datasetName(text: string): string {
  const isFile = /[/\\]|\.(?:jsonl?|csv|tsv|parquet|gz|zstd?)$/i.test(text) || existsSync(text)
  if (datasetNames.includes(text) || isFile) return text
  const names = datasetNames.join(', ')
  throw new InvalidArgumentError(
    `There is no such data set: give ${names}, hf:OWNER/NAME/FILE, or a file.`,
  )
}

const columnFields = ['problem', 'answer', 'id', 'system', 'kind'] as const

/** `problem=Body,answer=Key`. */
export function columnNames(text: string): Columns {
  return Object.fromEntries(
    text.split(',').map(part => {
      const [field = '', ...name] = part.split('=').map(side => side.trim())
      const known = columnFields.find(one => one === field)
      if (known === undefined || name.join('=') === '') {
        throw new InvalidArgumentError(
          `It must be problem=NAME,answer=NAME, with names of columns behind ${columnFields.join(', ')}.`,
        )
      }
      return [known, name.join('=')]
    }),
  )
}
