/** What a study is made of, in its order; the command line reads the names before anything is loaded. */

export const studyPartNames = [
  'labels',
  'compression',
  'effects',
  'next-step',
  'own',
  'deletion',
  'answers',
  'in-flight',
] as const
export type StudyPart = (typeof studyPartNames)[number]
