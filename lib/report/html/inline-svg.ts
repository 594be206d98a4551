/** A picture inside the page: in the page's colours and font, with ids of its own. */

import { methodColours, palette } from '../charts/palette.js'
import { escaped } from './escape.js'

const variables: readonly (readonly [string, string])[] = [
  [palette.ink, '--ink'],
  [palette.muted, '--muted'],
  [palette.line, '--line'],
  [palette.good, '--good'],
  [palette.bad, '--bad'],
  ['#ffffff', '--paper'],
  ['#9ca3af', '--muted'],
  ['#b45309', '--accent'],
  ['#f3f5fa', '--tint'],
  ...methodColours.map((colour, place) => [colour, `--method-${place}`] as const),
]

/** @param name distinguishes ids of several pictures; @param label what it shows, for those who do not see it */
export function inlineSvg(svg: string, name: string, label: string): string {
  // inside of tags alone: between them is text, which may look like anything
  const own = svg.replaceAll(/<[^>]*>/g, tag => tagOf(tag, name))
  return own.replace(/^<svg /, `<svg role="img" aria-label="${escaped(label)}" `).trim()
}

function tagOf(tag: string, name: string): string {
  const plain = tag
    // the whole has one label; roles of its marks would say nothing more
    .replaceAll(/ (?:role|aria-[a-z]+|font-family)="[^"]*"/g, '')
    .replaceAll(/\bid="/g, `id="${name}-`)
    .replaceAll('url(#', `url(#${name}-`)
  return variables.reduce(
    (text, [colour, variable]) => text.replaceAll(`"${colour}"`, `"var(${variable})"`),
    plain,
  )
}
