/** `cot-prune studies`: what `study` found of several models, in one table. */

import { readStudy, type StudyFile, studyRow } from '../../../experiment/index.js'
import { renderStudies } from '../../../report/index.js'

export interface StudiesFlags {
  readonly json?: boolean
}

export async function studiesCommand(paths: readonly string[], flags: StudiesFlags): Promise<void> {
  const studies: StudyFile[] = []
  for (const path of paths) studies.push(await readStudy(path))
  if (!flags.json) return console.log(await renderStudies(studies, paths))
  const rows = studies.map((study, i) => ({ file: paths[i], ...studyRow(study) }))
  console.log(JSON.stringify(rows, null, 2))
}
