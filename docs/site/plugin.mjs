/**
 * Gives pages written by hand the title of their first heading, their place in the navigation, and the path that they have as files; and
 * makes links of the pages, papers and error codes that doc comments name.
 */

import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Converter, KindRouter, PageEvent, ReflectionKind } from 'typedoc'
import { navigation } from './navigation.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const categories = new Map(
  Object.entries(navigation).flatMap(([category, pages]) => pages.map(page => [page, category])),
)
/** Of each document: its file, from the package's folder. */
const files = new WeakMap()

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const file = relative(root, document.project.files.getReflectionPath(document) ?? '')
    const [, title] = /^# (.+)$/m.exec(document.content.map(({ text }) => text).join('')) ?? []
    if (title === undefined) throw new Error(`${file} has no heading`)
    files.set(document, file)
    document.name = title.replaceAll('`', '')
    document.frontmatter.category = categories.get(file)
  })
  app.renderer.defineRouter(
    'pages',
    class extends KindRouter {
      getIdealBaseName(reflection) {
        return reflection.kindOf(ReflectionKind.Document)
          ? files.get(reflection).replace(/\.md$/, '')
          : super.getIdealBaseName(reflection)
      }
    },
  )
  app.renderer.on(PageEvent.END, page => {
    const up = '../'.repeat(page.url.split('/').length - 1)
    // all data is read-only: said of each property it hides what is said of one
    const contents = page.contents.replaceAll('<code class="tsd-tag">Readonly</code>', '')
    page.contents = linked(contents, up)
  })
}

/** Links, code, scripts and tags stay as they are; what is between them is text. */
const notText = /(<(a|pre|code|script|style|title)\b[\s\S]*?<\/\2>|<[^>]*>)/

/** @param {string} html @param {string} up from the page to the site's folder */
function linked(html, up) {
  const parts = html.split(notText)
  // of three parts the second is no text, and the third the name of its tag
  return parts
    .map((part, i) => {
      if (i % 3 === 1) return part
      if (i % 3 === 2) return ''
      return part
        .replace(/\bdocs\/[\w/-]+\.md\b/g, page =>
          categories.has(page) ? `<a href="${up}${page.replace(/md$/, 'html')}">${page}</a>` : page,
        )
        .replace(/\bERR_[A-Z_]+\b/g, `<a href="${up}docs/errors.html#:~:text=$&">$&</a>`)
        .replace(/\barXiv (\d{4}\.\d{5})\b/g, '<a href="https://arxiv.org/abs/$1">arXiv $1</a>')
    })
    .join('')
}
