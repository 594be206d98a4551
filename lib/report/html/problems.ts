/** The frame of the problem browser; the page's script fills it. */

import { sortHeading } from './overview.js'

const filters = [
  ['all', 'All'],
  ['lost', 'Right → wrong'],
  ['gained', 'Wrong → right'],
  ['wrong', 'Both wrong'],
  ['right', 'Both right'],
  ['unknown', 'Not known'],
] as const

export function problems(count: number, notes: readonly string[]): string {
  if (count === 0) return ''
  const choices = filters.map(
    ([value, text]) =>
      `<label><input type="radio" name="filter" value="${value}"${value === 'all' ? ' checked' : ''}>${text} <span id="count-${value}"></span></label>`,
  )
  const headings = [
    sortHeading('Problem', false),
    sortHeading('Before', false),
    sortHeading('After', false, 'ascending'),
    sortHeading('Steps', true),
    sortHeading('Tokens', true),
  ]
  return `<section id="problems" aria-labelledby="problems-title">
<h2 id="problems-title">Problem by problem</h2>
${notes.map(note => `<p class="hint">${note}</p>`).join('\n')}
<noscript><p>The problems are in this file, compressed; a script of the page shows them.</p></noscript>
<div class="controls">
<div><label for="method">Scored by</label><select id="method"></select></div>
<div class="grow"><label for="threshold">Threshold</label>
<div class="slide"><input type="range" id="threshold" min="0" max="100" step="1" aria-describedby="threshold-help"><output id="threshold-value" for="threshold"></output></div>
<p id="threshold-help"></p></div>
<div><span class="label" id="recorded-label">Of the run</span><div id="recorded" role="group" aria-labelledby="recorded-label"></div></div>
</div>
<div class="browser">
<div class="side">
<fieldset class="filters"><legend class="visually-hidden">Which problems</legend>${choices.join('')}</fieldset>
<div class="search"><input type="search" id="search" aria-label="Search in problems" placeholder="Search"><span class="hint" id="shown" aria-live="polite"></span></div>
<div class="list" tabindex="0" role="group" aria-label="Problems"><table id="problem-list">
<caption class="visually-hidden">Problems with their answers before and after pruning; a heading sorts</caption>
<thead><tr>${headings.join('')}</tr></thead><tbody></tbody></table></div>
</div>
<div class="main">
<div class="turn"><button type="button" id="previous">← Previous</button><button type="button" id="next">Next →</button></div>
<div id="detail"></div>
</div>
</div>
</section>`
}
