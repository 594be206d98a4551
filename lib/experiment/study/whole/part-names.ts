/** What a study is made of, in its order; the command line reads the names before anything is loaded. */

/** The parts of a study, in the order in which they are made. */
export const studyPartNames = [
  'calibration',
  'labels',
  'compression',
  'effects',
  'next-step',
  'traces',
  'own',
  'deletion',
  'answers',
  'resume',
  'in-flight',
] as const
/** A part of a study, by name; docs/study.md says what each asks. */
export type StudyPart = (typeof studyPartNames)[number]

/** What answers the questions in the shortest time: which score finds what, resumed traces, in flight, loops. */
export const quickPartNames: readonly StudyPart[] = [
  'calibration',
  'labels',
  'compression',
  'traces',
  'deletion',
  'resume',
  'in-flight',
]

const needTraces: readonly StudyPart[] = ['own', 'deletion', 'answers', 'resume', 'in-flight']

/** They are skipped where the model solved nothing. */
export const needRight: readonly StudyPart[] = ['answers', 'resume', 'in-flight']

/** With the parts that the others read, in the order in which they are made. */
export function withNeeded(parts: readonly StudyPart[]): readonly StudyPart[] {
  const needed = new Set<StudyPart>(['calibration', ...parts])
  if (parts.some(part => needTraces.includes(part))) needed.add('traces')
  return studyPartNames.filter(name => needed.has(name))
}

/** What in flight compares, in the order of its table; 'none' is what the others are compared with. */
export const inFlightNames = [
  'none',
  'step-graph',
  'last-token',
  'think-clearly',
  'recency',
  'random',
] as const
/** What part 'in-flight' compares, by name. */
export type InFlightName = (typeof inFlightNames)[number]
