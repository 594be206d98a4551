import type { LiveScore } from '../../../../types/public.js'
import { meanOf } from './step-attention.js'

/** From here on two steps say the same. */
const alike = 0.95
/** Of what it would be worth: still in the row's order among themselves. */
const repeated = 1e-6

/**
 * SkipKV, at looks: a step that a later one resembles says what is said again, and goes first. Resemblance is the cosine
 * of mean values in the last layer, which is a linear map of the hidden states that SkipKV compares.
 */
export const distinct: LiveScore = {
  name: 'distinct',
  observers: ['last-token'],
  values: true,
  begin:
    () =>
    ({ steps, rows: [rows], values }) => {
      const row = rows?.[0]
      const ofSteps = values?.ofSteps ?? []
      const scores = steps.map((step, i) => {
        const own = ofSteps[i]
        const again = ofSteps.slice(i + 1).some(later => own && cosine(own, later) >= alike)
        return meanOf(row, step) * (again ? repeated : 1)
      })
      return { scores, tokenScores: [...(row ?? [])] }
    },
}

/** 0 where one of them is nothing. */
export function cosine(a: Float64Array, b: Float64Array): number {
  const product = dot(a, b)
  const norms = Math.sqrt(dot(a, a) * dot(b, b))
  return norms > 0 ? product / norms : 0
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
