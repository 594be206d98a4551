/** What an answer is, before it is compared: plain data. */

import type { Expression } from './expression.js'

/** Which end of an interval belongs to it; a tuple has round ones. */
export type Opening = '(' | '[' | '{' | ''
export type Closing = ')' | ']' | '}' | ''

export type AnswerForm =
  | {
      readonly is: 'formula'
      readonly expression: Expression
      /** By one name for each; '' for none. */
      readonly unit: string
      /** Written in this base. */
      readonly base?: number
      /** Written as a decimal with so many places: it may be rounded. */
      readonly places?: number
    }
  /** `x = 5`, `y = 2x + 3`: the sides as they stand. */
  | { readonly is: 'equation'; readonly left: AnswerForm; readonly right: AnswerForm }
  /** `1 < x <= 5`; as an interval where it is one of a single variable. */
  | { readonly is: 'relation'; readonly text: string }
  | {
      readonly is: 'list'
      readonly open: Opening
      readonly close: Closing
      readonly items: readonly AnswerForm[]
    }
  | { readonly is: 'union'; readonly of: readonly AnswerForm[] }
  | { readonly is: 'matrix'; readonly rows: readonly (readonly AnswerForm[])[] }
  /** `12:30`, `3:4`, `1:2:3`. */
  | { readonly is: 'ratio'; readonly parts: readonly string[]; readonly behind: string }
  | { readonly is: 'words'; readonly text: string }
  /** Signs that are not known here. */
  | { readonly is: 'unknown'; readonly text: string }
