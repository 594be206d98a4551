/** The page as a document: its script and its styles are in it, and nothing else runs. */

import { createHash } from 'node:crypto'
import { bundle } from '../../report/html/bundle.js'
import { escaped } from '../../report/html/escape.js'
import { styles as reportStyles } from '../../report/html/styles.js'
import { pageStyles } from './styles.js'

const styles = `${reportStyles}\n${pageStyles}`

export interface Page {
  readonly text: string
  readonly policy: string
}

export function html(models: readonly string[]): Page {
  const script = pageScript()
  const options = models.map(id => `<option>${escaped(id)}</option>`).join('')
  const text = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>cot-prune: which thoughts matter</title>
<style>${styles}</style>
</head>
<body>
<header>
<p class="eyebrow">cot-prune</p>
<h1>Which thoughts matter</h1>
<p class="lede">Ask a model, watch it think, then take steps away and see whether it still answers.</p>
</header>
<main>
<form id="ask" class="ask">
<label for="problem">Problem</label>
<textarea id="problem" rows="4" required></textarea>
<div class="fields">
<div><label for="model">Model</label><select id="model">${options}</select></div>
<div><label for="max-tokens">Most tokens</label><input id="max-tokens" type="number" min="1" max="1000000" value="2048"></div>
<div><label for="seed">Seed</label><input id="seed" type="number" min="0" max="4294967295" value="0"></div>
<button id="think" type="submit">Think</button>
<button id="stop" type="button" disabled>Stop</button>
</div>
</form>
<p id="status" role="status" class="hint"></p>
<section id="live" aria-labelledby="live-title" hidden>
<h2 id="live-title">Thinking</h2>
<div class="columns">
<div id="thinking" class="raw thinking" tabindex="0" role="group" aria-label="What the model thinks"></div>
<figure id="arcs" tabindex="0"></figure>
</div>
</section>
<section id="result" aria-labelledby="result-title" hidden>
<h2 id="result-title">What is left</h2>
<div class="controls">
<div><label for="method">Scored by</label><select id="method"></select></div>
<div class="grow"><label for="threshold">Threshold</label>
<div class="slide"><input id="threshold" type="range" min="0" max="100" value="30"><output id="threshold-value" for="threshold"></output></div>
<p id="threshold-help"></p></div>
<div class="turn"><button id="again" type="button">Answer again</button> <button id="compare" type="button">Compare methods</button> <button id="save" type="button">Save the trace</button></div>
</div>
<dl id="facts" class="facts"></dl>
<div id="answers" aria-live="polite"></div>
<div id="steps" class="trace"></div>
</section>
</main>
<script>${script}</script>
</body>
</html>
`
  return { text, policy: policyOf(script) }
}

let script: string | null = null

function pageScript(): string {
  const entries = ['../../report/html/prune-steps.js', 'browser/main.js']
  script ??= bundle(
    entries.map(path => new URL(path, import.meta.url)),
    'start(pruneSteps)\n',
  )
  return script
}

/** As of the report; and the page may ask its own server. */
function policyOf(own: string): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return [
    "default-src 'none'",
    `script-src ${hash(own)}`,
    `style-src ${hash(styles)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
