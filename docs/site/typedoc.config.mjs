/** The site: pages written by hand beside those of the doc comments. `npm run docs` builds it into build/docs. */

import { fileURLToPath } from 'node:url'
import { functions, navigation } from './navigation.mjs'

/** Paths from the package's folder. */
const from = path => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const rooms = ['', 'experiment/', 'report/', 'serve/', 'ai/']

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'cot-prune',
  includeVersion: true,
  entryPoints: rooms.map(room => from(`lib/${room}index.ts`)),
  tsconfig: from('tsconfig.build.json'),
  out: from('build/docs'),
  readme: from('README.md'),
  projectDocuments: Object.values(navigation).flat().map(from),
  plugin: [from('docs/site/plugin.mjs')],
  router: 'pages',
  customCss: from('docs/site/style.css'),
  basePath: from('.'),
  displayBasePath: from('.'),
  // pages with sources lie one folder deep
  disableGit: true,
  sourceLinkTemplate: '../source/{path}.html#L{line}',
  hideGenerator: true,
  headings: { readme: false, document: false },
  useFirstParagraphOfCommentAsSummary: true,
  navigation: { includeCategories: true, includeGroups: true, includeFolders: false },
  categoryOrder: [...Object.keys(navigation), functions],
  defaultCategory: functions,
  groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases'],
  // defaults are told in words: they are no code
  jsDocCompatibility: { defaultTag: false },
  searchInComments: true,
  searchInDocuments: true,
  sort: ['alphabetical-ignoring-documents'],
  sortEntryPoints: false,
  excludePrivate: true,
  excludeExternals: true,
  excludeInternal: true,
  highlightLanguages: ['typescript', 'javascript', 'json', 'jsonl', 'python', 'bash', 'text'],
  // properties may be named so that nothing is left to say; functions and types may not
  requiredToBeDocumented: [
    'Module',
    'Variable',
    'Function',
    'Class',
    'Interface',
    'TypeAlias',
    'Method',
    'Accessor',
  ],
  validation: {
    notExported: true,
    invalidLink: true,
    invalidPath: true,
    rewrittenLink: true,
    notDocumented: true,
    unusedMergeModuleWith: true,
  },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
}
