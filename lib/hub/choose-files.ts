/** Which files of a repository a name means: a quantisation, and all parts of a split model. Pure. */

import { CotPruneError } from '../base/errors.js'
import type { HubName } from './names.js'

/** What is taken where no quantisation is named, the first that is there. */
export const usualQuant = 'Q4_K_M'
const usual = [usualQuant, 'Q8_0']

const part = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i

/** All parts of a split model, in their order, of whichever of its parts; of others the file itself. */
export function partsOf(file: string): readonly string[] {
  const [, stem, , count] = part.exec(file) ?? []
  if (stem === undefined || count === undefined) return [file]
  const name = (index: number) => `${stem}-${String(index + 1).padStart(5, '0')}-of-${count}.gguf`
  return Array.from({ length: Number(count) }, (_, index) => name(index))
}

/** The first parts of models: what people choose from. Projectors and the like are none. */
export const modelsAmong = (files: readonly string[]): readonly string[] =>
  files.filter(
    file =>
      /\.gguf$/i.test(file) &&
      !/(^|[/._-])(mmproj|imatrix)/i.test(file) &&
      partsOf(file)[0] === file,
  )

/**
 * The files that a name means, in their order.
 * @throws CotPruneError ERR_HUB_NOT_FOUND: there is none, part of it is missing, or several could be meant; it says which
 */
export function chooseFiles(name: HubName, files: readonly string[]): readonly string[] {
  const parts = partsOf(name.file ?? chooseModel(name, files))
  const missing = parts.filter(file => !files.includes(file))
  if (missing.length === 0) return parts
  if (parts.length > 1) throw notFound(name, `lacks ${missing.join(', ')} of a split model`)
  throw notFound(name, `has no ${missing[0]}`, files)
}

function chooseModel(name: HubName, files: readonly string[]): string {
  const models = modelsAmong(files)
  const quants = name.quant === null ? usual : [name.quant]
  for (const quant of quants) {
    const [first, ...more] = ofQuant(models, quant)
    if (first !== undefined && more.length === 0) return first
    if (first !== undefined)
      throw notFound(name, `has several models of ${quant}`, [first, ...more])
  }
  const [only] = models
  if (name.quant === null && models.length === 1 && only !== undefined) return only
  const what = name.quant === null ? `neither ${usual.join(' nor ')}` : `no ${name.quant}`
  throw notFound(name, `has ${what}`, models)
}

/** `Q4_K_M` in `x-Q4_K_M.gguf`, and not in `x-UD-Q4_K_M.gguf`, which is another one, unless nothing else is there. */
function ofQuant(models: readonly string[], quant: string): readonly string[] {
  const escaped = quant.replaceAll(/[.-]/g, String.raw`\$&`)
  const named = new RegExp(`(^|[/._-])${escaped}(?=[/.-])`, 'i')
  const matching = models.filter(file => named.test(file))
  const plain = matching.filter(file => /^UD-/i.test(quant) || !/(^|[/._-])UD-/i.test(file))
  return plain.length > 0 ? plain : matching
}

function notFound(
  { repository, revision }: HubName,
  what: string,
  choices: readonly string[] = [],
) {
  const most = 12
  const more = choices.length > most ? `, and ${choices.length - most} more` : ''
  const list =
    choices.length === 0
      ? ''
      : `; there are ${choices.slice(0, most).join(', ')}${more}: hf:${repository}/FILE names one`
  return new CotPruneError('ERR_HUB_NOT_FOUND', `${repository} (${revision}) ${what}${list}`)
}
