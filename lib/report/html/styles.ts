/** The page's style sheet. One accent; colours that mean right and wrong are used for nothing else. */

import { printStyles } from './styles-print.js'
import { problemStyles } from './styles-problems.js'

const colours = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1f2937; --muted: #59626f; --line: #e3e6eb; --tint: #f5f7fa;
  --accent: #2f5fd0; --good: #1f7a4d; --bad: #b83a2e; --bar: 47 95 208;
  --method-0: #2f5fd0; --method-1: #7c8798; --method-2: #a87a1f; --method-3: #7d5ba6;
  --method-4: #24808d; --method-5: #a8577e; --method-6: #55803a; --method-7: #b5602f;
  --method-8: #4b5fa6; --method-9: #80664f;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15171b; --ink: #e4e7ec; --muted: #9da6b3; --line: #2c313a; --tint: #1c2026;
    --accent: #8fb0ff; --good: #63c793; --bad: #f28b80; --bar: 143 176 255;
    --method-0: #8fb0ff; --method-1: #9aa4b5; --method-2: #d9ab55; --method-3: #b79be0;
    --method-4: #5fc2ce; --method-5: #dd8db3; --method-6: #9ac47c; --method-7: #e59a6c;
    --method-8: #93a4e6; --method-9: #c7ab93;
  }
}
`

const base = `
*, *::before, *::after { box-sizing: border-box; }
html { scroll-padding-top: 7rem; }
body {
  margin: 0 auto; padding: 3rem clamp(1rem, 4vw, 3rem) 5rem; max-width: 88rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; }
h2 { font-size: 1.25rem; line-height: 1.3; font-weight: 650; margin-bottom: 1rem; }
h3 { font-size: 1.1rem; font-weight: 650; }
h4 { font-size: 0.8rem; font-weight: 600; color: var(--muted); margin: 1.75rem 0 0.5rem; }
section { margin-top: 3.5rem; }
a { color: var(--accent); }
code, .mono { font: 0.85em/1.5 ui-monospace, SFMono-Regular, Menlo, 'DejaVu Sans Mono', monospace; }
.eyebrow { color: var(--muted); font-size: 0.85rem; margin-bottom: 0.5rem; }
.lede { max-width: 44rem; font-size: 1.15rem; margin-top: 0.9rem; }
.hint, figcaption, .notes { color: var(--muted); font-size: 0.85rem; max-width: 48rem; }
.notes { list-style: none; margin-top: 1rem; display: grid; gap: 0.2rem; }
.visually-hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap;
}
.skip { position: absolute; left: -100vw; top: 0.5rem; padding: 0.4rem 0.8rem; background: var(--paper); }
.skip:focus { left: 1rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }

.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin-bottom: 2rem; }
.figures figure { flex: 1 1 26rem; max-width: 40rem; }
.figures svg { width: 100%; height: auto; font-family: inherit; }
.figures .mark-rect { shape-rendering: crispEdges; }
.figures figure.wide { flex-basis: 100%; max-width: none; overflow-x: auto; }
.figures figure.wide svg { width: auto; max-width: 100%; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: 0.4rem 0.6rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 0; }
thead th { font-weight: 500; color: var(--muted); white-space: nowrap; }
tbody th { font-weight: 500; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
thead th button { all: unset; cursor: pointer; }
thead th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
thead th button { position: relative; }
thead th button::after { content: '↕'; opacity: 0; position: absolute; right: -0.85rem; }
thead th.number button::after { right: auto; left: -0.85rem; }
thead th button:hover::after { opacity: 0.6; }
th[aria-sort='ascending'] button::after { content: '↑'; opacity: 1; }
th[aria-sort='descending'] button::after { content: '↓'; opacity: 1; }
tr.base td, tr.base th { color: var(--muted); }

.facts { display: flex; flex-wrap: wrap; gap: 0.75rem 1.6rem; }
.facts dt { color: var(--muted); font-size: 0.8rem; line-height: 1.4; }
.facts dd { font-variant-numeric: tabular-nums; }
.reproduce { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.4rem 1.5rem; font-size: 0.9rem; }
.reproduce dt { color: var(--muted); }
.reproduce + h3 { font-size: 0.95rem; margin-top: 2rem; }
`

export const styles = [colours, base, problemStyles, printStyles].join('\n')
