/** The report as one HTML file: no network, no second file. */

import { createHash } from 'node:crypto'
import { checkKnown, keysOf } from '../../base/check.js'
import type {
  ExperimentSummary,
  FailedProblem,
  ProblemResult,
  RunFile,
} from '../../experiment/index.js'
import { checkResults, presets } from '../../experiment/index.js'
import { bundle } from './bundle.js'
import { escaped } from './escape.js'
import { header, otherPictures, outcome, type Pictures } from './overview.js'
import { type PackedPage, pack } from './pack.js'
import type { PagePruning } from './page-data.js'
import { pageRun } from './page-index.js'
import { problems } from './problems.js'
import { reproduce } from './reproduce.js'
import { styles } from './styles.js'

export type { Pictures } from './overview.js'

/** What `html` takes beside results and summary. */
export interface HtmlOptions {
  /** `run.json`: how traces were pruned, and what is needed to do it again. @default the preset's own way, and nothing */
  readonly run?: RunFile | undefined
  /** SVG documents, as `svg` draws them. @default none, and a line that says how to get them */
  readonly pictures?: Pictures | undefined
  /** When the results were finished. @default not said */
  readonly date?: string | undefined
  /** What several workers could not solve: each has a line. @default none */
  readonly failed?: readonly FailedProblem[] | undefined
}

/**
 * An HTML document. Whatever a model wrote is text in it, and a content security policy forbids it to be anything else.
 *
 * @throws CotPruneError ERR_RESULTS that names what of the results is not as it should be
 */
export function html(
  results: readonly ProblemResult[],
  summary: ExperimentSummary,
  options: HtmlOptions = {},
): string {
  const known = keysOf<HtmlOptions>({ run: true, pictures: true, date: true, failed: true })
  checkKnown('options', options, known)
  checkResults(results)
  const { run = null, pictures = {}, date = null, failed = [] } = options
  const packed = pack(results, pageRun(results, summary, pruningOf(summary, run)))
  const script = pageScript()
  const model = run === null ? null : run.model.name || run.model.path
  const title = [model, summary.dataset.name].filter(name => name !== null).join(' on ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}: cot-prune report</title>
<style>${styles}</style>
</head>
<body>
<a class="skip" href="#problems">To the problems</a>
${header(summary, model)}
<main>
${outcome(summary, { pictures, failed })}
${problems(results.length, shortened(packed))}
<section aria-labelledby="again">
<h2 id="again">To do it again</h2>
${reproduce(summary, run, date)}
${otherPictures(pictures)}
</section>
</main>
${block('index', packed.index)}
${packed.traces.map((trace, place) => (trace === null ? '' : block(`trace-${place}`, trace))).join('\n')}
<script>${script}</script>
</body>
</html>
`
}

/** Base64 alone: nothing in it can end the element. */
const block = (id: string, data: string): string =>
  `<script type="application/x-cot-prune" id="${id}">${data}</script>`

function pruningOf({ preset, cut }: ExperimentSummary, run: RunFile | null): PagePruning {
  const known = Object.values(presets).find(({ name }) => name === preset) ?? presets.recommended
  const { rule, protect } = run?.key.preset ?? known
  // resumed traces go on from their newest step, which stays
  const last = protect.last ?? (cut === null ? 0 : 1)
  return { rule, protect: { first: protect.first ?? 0, last } }
}

let script: string | null = null

function pageScript(): string {
  const entries = ['prune-steps.js', 'browser/main.js']
  script ??= bundle(
    entries.map(path => new URL(path, import.meta.url)),
    'start(pruneSteps)\n',
  )
  return script
}

/** Nothing is loaded, and of scripts and styles only the two of this file run. */
function policy(own: string): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return [
    "default-src 'none'",
    `script-src ${hash(own)}`,
    `style-src ${hash(styles)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

function shortened({ mostOutput, left }: PackedPage): string[] {
  return [
    ...(mostOutput === null
      ? []
      : [
          `So that this file stays small, of long texts behind pruned traces the last ${mostOutput} characters are here; results.jsonl has all.`,
        ]),
    ...(left === 0
      ? []
      : [
          `The traces of the last ${left} problems are left out, since the file would be too large; results.jsonl has them.`,
        ]),
  ]
}
