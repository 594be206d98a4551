/** The sources that pages link to, with an anchor for each line. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { linksOf, pagesOf } from './links.mjs'

const escaped = text =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/**
 * @param {string} root where the sources are
 * @param {string} site
 */
export function writeSources(root, site) {
  const links = pagesOf(site).flatMap(page => linksOf(join(site, page)))
  const found = links.map(({ to }) => /^\.\.\/source\/(.+)\.html#/.exec(to)?.[1])
  for (const path of new Set(found.filter(path => path !== undefined))) {
    const out = join(site, 'source', `${path}.html`)
    mkdirSync(dirname(out), { recursive: true })
    writeFileSync(out, pageOf(path, readFileSync(join(root, path), 'utf8')))
  }
}

function pageOf(path, text) {
  const up = '../'.repeat(path.split('/').length)
  const lines = text.trimEnd().split('\n')
  const numbered = lines.map((line, i) => `<li id="L${i + 1}"><code>${escaped(line)}</code></li>`)
  return `<!doctype html>
<html lang="en" class="default">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${path} | cot-prune</title>
<link rel="stylesheet" href="${up}assets/style.css">
<link rel="stylesheet" href="${up}assets/custom.css">
<script>document.documentElement.dataset.theme = localStorage.getItem('tsd-theme') || 'os'</script>
<main class="source">
<h1>${path}</h1>
<p><a href="${up}index.html">cot-prune</a></p>
<ol>${numbered.join('')}</ol>
</main>
</html>
`
}
