/** Gives pages written by hand the title of their first heading, their place in the navigation, and the path that they have as files. */

import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Converter, KindRouter, ReflectionKind } from 'typedoc'
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
}
