/** Text in HTML. Whatever a model wrote goes through here, or is set as text by the page's script. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Control characters have no place in HTML; a parser would replace or drop them. */
export const escaped = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, character => entities[character] ?? '')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '\ufffd')

/** Text of its own direction: an override in it ends with it. */
export const isolated = (text: string): string => `<bdi>${escaped(text)}</bdi>`
